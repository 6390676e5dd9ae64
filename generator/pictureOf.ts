/**
 * A picture of a product as an address that carries it: an initial on a colour of its own. It is shown without any
 * other server, also where there is no internet.
 */
export function pictureOf(no: number, noun: string): string {
  const hue = (no * 47) % 360
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="8" height="8" rx="1" fill="hsl(${hue},55%,45%)"/>` +
    `<text x="4" y="5.7" font-family="sans-serif" font-size="5" text-anchor="middle" fill="#fff">${noun[0]!}</text></svg>`
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`
}
