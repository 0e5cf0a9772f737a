process.stderr.write(
  'nworkersctl: error: This version of nworkers has no control socket yet, so there is no arbiter to ask.\n',
)
process.exitCode = 3
