import { readFile } from 'node:fs/promises'

/** The characters that the model knows, by their class; class 0 is "nothing here". */
export async function readAlphabet(path: string): Promise<string[]> {
  const characters = (await readFile(path, 'utf8')).replace(/\r?\n$/, '').split(/\r?\n/)
  return ['', ...characters, ' ']
}

/**
 * The text of a line, of which the model gives probabilities of all classes step by step (connectionist temporal
 * classification): the likeliest class of every step, where a class that goes on counts once.
 */
export function decodeText(
  probabilities: Float32Array,
  alphabet: string[],
): { text: string; confidence: number } {
  const classes = alphabet.length
  let text = ''
  let [previous, sum, count] = [0, 0, 0]
  for (let start = 0; start + classes <= probabilities.length; start += classes) {
    let best = 0
    for (let index = 1; index < classes; index++) {
      if ((probabilities[start + index] as number) > (probabilities[start + best] as number)) best = index
    }
    if (best !== 0 && best !== previous) {
      text += alphabet[best]
      sum += probabilities[start + best] as number
      count++
    }
    previous = best
  }
  // A picture's margin may read as a space.
  return { text: text.trim(), confidence: count === 0 ? 0 : sum / count }
}
