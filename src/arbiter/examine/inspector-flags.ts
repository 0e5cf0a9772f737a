/**
 * Node's flags that make the inspector of a worker reachable by its arbiter and nobody else: opened by SIGUSR1 even
 * in a busy loop, at a free port of this machine, with its secret address told on stderr only.
 */
export const inspectorFlags = ['--inspect-port=127.0.0.1:0', '--inspect-publish-uid=stderr']
