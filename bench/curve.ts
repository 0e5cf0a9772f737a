interface Dot {
  x: number
  y: number
}

const [width, height, margin] = [360, 220, 44]

/** Draws a curve through the dots, both axes linear and from zero, as SVG. */
export function drawCurve(title: string, dots: readonly Dot[]): string {
  const [farthest, highest] = [Math.max(...dots.map(({ x }) => x)), Math.max(...dots.map(({ y }) => y)) || 1]
  const place = ({ x, y }: Dot) => ({
    x: Math.round(margin + (x / farthest) * (width - 2 * margin)),
    y: Math.round(height - margin - (y / highest) * (height - 2 * margin)),
  })
  const places = dots.map(place)
  const text = (x: number, y: number, anchor: string, words: string) =>
    `<text x="${x}" y="${y}" text-anchor="${anchor}">${words}</text>`
  const marks = dots.map((dot, index) => {
    const at = places[index] ?? place(dot)
    return `<circle cx="${at.x}" cy="${at.y}" r="3"/>${text(at.x, at.y - 8, 'middle', label(dot.y))}${text(at.x, height - margin + 16, 'middle', `${dot.x}`)}`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="10">
<title>${title}</title>
<rect width="100%" height="100%" fill="white"/>
${text(width / 2, 16, 'middle', title)}
${text(width / 2, height - 8, 'middle', 'workers')}
<path d="M${margin} ${margin}V${height - margin}H${width - margin}" fill="none" stroke="gray"/>
<polyline points="${places.map(({ x, y }) => `${x},${y}`).join(' ')}" fill="none" stroke="steelblue" stroke-width="2"/>
<g fill="black">${marks.join('\n')}</g>
</svg>
`
}

function label(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}
