/** The part of the page that shows what the network thinks. */
export function createAnswer(document) {
  const label = document.querySelector('#label')
  const worker = document.querySelector('#worker')
  const rows = Array.from({ length: 10 }, (_, digit) => createRow(document, digit))
  document.querySelector('#bars').append(...rows.map(({ row }) => row))

  function setAll(probabilities) {
    for (const [digit, { bar, percent }] of rows.entries()) {
      const share = probabilities[digit] ?? 0
      bar.value = share
      percent.textContent = `${(share * 100).toFixed(1)} %`
    }
  }

  return {
    show({ predictions: [prediction], slot, pid, milliseconds }) {
      setAll(prediction.probabilities)
      const share = prediction.probabilities[prediction.label]
      label.textContent = `It is a ${prediction.label} (${(share * 100).toFixed(1)} %).`
      const who = slot === null ? `process ${pid}` : `worker ${slot} (process ${pid})`
      worker.textContent = `Answered by ${who} in ${milliseconds.toFixed(1)} ms.`
    },
    fail(sentence) {
      label.textContent = sentence
    },
    clear() {
      setAll([])
      label.textContent = 'Nothing is drawn yet.'
      worker.textContent = ''
    },
  }
}

function createRow(document, digit) {
  const row = document.createElement('li')
  const bar = document.createElement('progress')
  bar.max = 1
  bar.value = 0
  bar.setAttribute('aria-label', `Probability of ${digit}`)
  const percent = document.createElement('output')
  percent.textContent = '0.0 %'
  row.append(`${digit}`, bar, percent)
  return { row, bar, percent }
}
