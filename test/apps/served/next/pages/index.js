export default function Page() {
  return <h1>Served by Next.js</h1>
}
