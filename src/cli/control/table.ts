/** A column of a table. */
export interface Column<Row> {
  title: string
  /** Numbers stand at the right. */
  align?: 'right'
  cell(row: Row): string
}

/** A table as lines, the titles first. */
export function formatTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[] {
  const cells = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map(({ cell }) => cell(row))),
  ]
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => line[index]?.length ?? 0)))
  return cells.map((line) =>
    line
      .map((text, index) => {
        const width = widths[index] ?? 0
        return columns[index]?.align === 'right' ? text.padStart(width) : text.padEnd(width)
      })
      .join('  ')
      .trimEnd(),
  )
}
