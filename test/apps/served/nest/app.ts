import 'reflect-metadata'
import {
  Body,
  Controller,
  Get,
  Inject,
  Injectable,
  Module,
  type OnApplicationShutdown,
  Post,
  Req,
} from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { identity, tell } from '../identity.js'

@Injectable()
class Identities implements OnApplicationShutdown {
  of(url: string) {
    return identity(url)
  }
  onApplicationShutdown() {
    tell('onApplicationShutdown ran')
  }
}

@Controller()
class Front {
  // Named, since the TypeScript loader emits no metadata of types.
  constructor(@Inject(Identities) private readonly identities: Identities) {}

  @Get()
  answer(@Req() request: { url: string }) {
    return this.identities.of(request.url)
  }

  @Post('echo')
  echo(@Body() body: { text: string }) {
    return body
  }
}

@Module({ controllers: [Front], providers: [Identities] })
class Root {}

export const create = (adapter: 'express' | 'fastify') =>
  NestFactory.create(Root, adapter === 'express' ? new ExpressAdapter() : new FastifyAdapter(), {
    logger: ['error'],
  })
