import 'reflect-metadata'
import {
  Body,
  Controller,
  Get,
  Injectable,
  Module,
  type OnApplicationShutdown,
  Post,
  Req,
} from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
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
  // By its type, which the compiler writes beside the decorator.
  constructor(private readonly identities: Identities) {}

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

export const create = () => NestFactory.create(Root, { logger: ['error'] })
