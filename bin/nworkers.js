#!/usr/bin/env node
import '../dist/src/bundle/arbiter/main.js'
