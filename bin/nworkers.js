#!/usr/bin/env node
import '../dist/src/cli/nworkers.js'
