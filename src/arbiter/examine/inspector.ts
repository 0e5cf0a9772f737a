import { connectWebSocket, type WebSocketClient } from './websocket.js'

/** What a stuck worker was found doing. */
export interface Findings {
  /** `function (file:line:column)`, the innermost first. */
  frames: string[]
  /** What the expression gave while the worker stood still; undefined if it could not be asked. */
  value: string | undefined
}

interface CallFrame {
  functionName: string
  location: { scriptId: string; lineNumber: number; columnNumber: number }
}

/** The messages of the Chrome DevTools Protocol that matter here. */
interface Message {
  id?: number
  method?: string
  params?: { callFrames?: CallFrame[]; scriptId?: string; url?: string }
  result?: { result?: { value?: unknown } }
}

/**
 * Pauses the JavaScript of a process through its inspector, reads its stack and lets it go on.
 *
 * @param expression - evaluated while it is paused; must give a string
 * @returns undefined when it did not pause in time: then it is not in JavaScript
 */
export function pauseAndRead(
  url: string,
  expression: string,
  signal: AbortSignal,
): Promise<Findings | undefined> {
  return new Promise((resolve) => {
    let client: WebSocketClient | undefined
    let frames: string[] | undefined
    let lastId = 0

    const ask = (method: string, params: object = {}) => {
      client?.send(JSON.stringify({ id: ++lastId, method, params }))
      return lastId
    }
    let isOver = false
    let answer: string | undefined
    const end = (value: string | undefined) => {
      if (isOver) return
      isOver = true
      answer = value
      signal.removeEventListener('abort', giveUp)
      if (frames) ask('Debugger.resume')
      connection.close()
    }
    const giveUp = () => end(undefined)
    let question: number | undefined
    const scripts = new Map<string, string>()
    const describeFrame = ({ functionName, location }: CallFrame) => {
      const script = scripts.get(location.scriptId) || 'unknown'
      return `${functionName || '<anonymous>'} (${script}:${location.lineNumber + 1}:${location.columnNumber + 1})`
    }

    const connection = connectWebSocket(url, {
      onOpen(opened) {
        client = opened
        ask('Debugger.enable')
        ask('Debugger.pause')
      },
      onText(text) {
        if (isOver) return
        const message: Message = JSON.parse(text)
        const { scriptId, url } = message.params ?? {}
        if (message.method === 'Debugger.scriptParsed' && scriptId && url) scripts.set(scriptId, url)
        else if (message.method === 'Debugger.paused' && !frames) {
          const callFrames = message.params?.callFrames ?? []
          frames = callFrames.map(describeFrame)
          // Not in the frame: there the names of what is global may be those of a module of Node.
          question = ask('Runtime.evaluate', { expression, returnByValue: true, silent: true })
        } else if (question !== undefined && message.id === question) {
          const value = message.result?.result?.value
          end(typeof value === 'string' ? value : undefined)
        }
      },
      // Not before: an inspector that is shut while it ends a connection takes its process with it.
      onEnd() {
        giveUp()
        resolve(frames && { frames, value: answer })
      },
    })
    signal.addEventListener('abort', giveUp, { once: true })
  })
}
