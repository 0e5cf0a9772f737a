import net from 'node:net'

/** Keep-alive clients of one server, each of which sends its next request when it has the answer. */
export interface Clients {
  /** Lets them run for so many milliseconds, until all have their last answer; gives the number of answers. */
  run(milliseconds: number): Promise<number>
  close(): void
}

const request =
  'GET /path?query=1 HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nUser-Agent: nworkers-bench/1.0\r\nAccept: */*\r\n\r\n'

/** Connects so many clients. An answer must fit into one segment, as those of the benchmark's app do. */
export async function connectClients(port: number, count: number): Promise<Clients> {
  let isRunning = false
  let waiting = 0
  let answers = 0
  let allAnswered = () => {}

  function take(this: net.Socket): void {
    answers++
    if (isRunning) {
      this.write(request)
      return
    }
    waiting--
    if (waiting === 0) allAnswered()
  }

  const sockets = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<net.Socket>((resolve, reject) => {
          const socket = net.connect(port, '127.0.0.1', () => resolve(socket))
          socket.setNoDelay(true)
          socket.on('error', reject)
          socket.on('data', take)
        }),
    ),
  )
  return {
    async run(milliseconds) {
      isRunning = true
      waiting = sockets.length
      answers = 0
      const over = new Promise<void>((resolve) => {
        allAnswered = resolve
      })
      for (const socket of sockets) socket.write(request)
      setTimeout(() => {
        isRunning = false
      }, milliseconds)
      await over
      return answers
    },
    close() {
      for (const socket of sockets) socket.destroy()
    },
  }
}
