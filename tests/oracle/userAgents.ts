export interface UserAgent {
  browser: string
  os: string
  device: string
}

/** By the names of products in it, such as Chrome/142.0; the first that is there decides. */
const products: [name: string, browser: string][] = [
  ['GoogleImageProxy', 'Gmail'],
  ['YahooMailProxy', 'Yahoo Mail'],
  ['SamsungBrowser', 'Samsung Internet'],
  ['OPR', 'Opera'],
  ['Edg', 'Edge'],
  ['EdgA', 'Edge'],
  ['CriOS', 'Chrome'],
  ['FxiOS', 'Firefox'],
  ['Chrome', 'Chrome'],
  ['Microsoft Outlook', 'Outlook'],
  ['Thunderbird', 'Thunderbird'],
  ['Firefox', 'Firefox'],
  ['Safari', 'Safari'],
]

const systems: [pattern: RegExp, os: string, device: string][] = [
  [/^(iPhone|iPad)$/, 'iOS', 'mobile'],
  [/^Android \d+$/, 'Android', 'mobile'],
  [/^CrOS /, 'ChromeOS', 'desktop'],
  [/^Windows NT /, 'Windows', 'desktop'],
  [/^Intel Mac OS X /, 'macOS', 'desktop'],
  [/^Linux /, 'Linux', 'desktop'],
]

/** What the user agents that the generator sends are, each by its parts, as a person reads them. */
export function readUserAgent(text: string): UserAgent {
  const platform = /\(([^)]*)\)/.exec(text)?.[1]?.split(/; ?/) ?? []
  const name = products.find(([product]) => new RegExp(`\\b${product}\\b`).test(text))
  const browser = name?.[1]
  // the mailbox's proxy, which says nothing of who reads
  if (browser === 'Gmail' || browser === 'Yahoo Mail')
    return { browser, os: 'Other', device: 'other' }
  if (/bot\b|https?:/i.test(text)) return { browser: 'Bot', os: 'Other', device: 'bot' }
  const [, os, kind] =
    systems.find(([pattern]) => platform.some((part) => pattern.test(part))) ?? []
  const isTablet = platform[0] === 'iPad' || (os === 'Android' && !/\bMobile\b/.test(text))
  return {
    // Apple's mail program, and its privacy proxy, leave their names out
    browser: browser ?? (os === 'macOS' || text === 'Mozilla/5.0' ? 'Apple Mail' : 'Other'),
    os: os ?? 'Other',
    device: isTablet ? 'tablet' : (kind ?? 'other'),
  }
}
