import { weighted } from './weighted.ts'
import type { Weighted } from './weighted.ts'

const webKit = 'AppleWebKit/537.36 (KHTML, like Gecko)'
const macKit = 'AppleWebKit/605.1.15 (KHTML, like Gecko)'
const windows = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)'
const mac = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)'
const linux = 'Mozilla/5.0 (X11; Linux x86_64)'
const android = 'Mozilla/5.0 (Linux; Android 10; K)'
const iPhone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X)'
const iPad = 'Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X)'

type Share = readonly [userAgent: string, weight: number]

const desktop: readonly Share[] = [
  [`${windows} ${webKit} Chrome/142.0.0.0 Safari/537.36`, 44],
  [`${windows} ${webKit} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0`, 13],
  [`${mac} ${webKit} Chrome/142.0.0.0 Safari/537.36`, 12],
  [`${mac} ${macKit} Version/26.1 Safari/605.1.15`, 11],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0', 6],
  [`${windows} ${webKit} Chrome/140.0.0.0 Safari/537.36 OPR/124.0.0.0`, 4],
  [`${linux} ${webKit} Chrome/142.0.0.0 Safari/537.36`, 3],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0', 3],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:145.0) Gecko/20100101 Firefox/145.0', 2],
  ['Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ' + webKit + ' Chrome/141.0.0.0 Safari/537.36', 2],
]

const mobile: readonly Share[] = [
  [`${iPhone} ${macKit} Version/26.1 Mobile/15E148 Safari/604.1`, 38],
  [`${android} ${webKit} Chrome/142.0.0.0 Mobile Safari/537.36`, 40],
  [`${android} ${webKit} SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36`, 8],
  [`${iPhone} ${macKit} CriOS/142.0.7444.77 Mobile/15E148 Safari/604.1`, 6],
  ['Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0', 2],
  [`${android} ${webKit} Chrome/140.0.0.0 Mobile Safari/537.36 OPR/92.0.0.0`, 2],
  [`${android} ${webKit} Chrome/142.0.0.0 Mobile Safari/537.36 EdgA/142.0.0.0`, 1],
  [`${iPhone} ${macKit} FxiOS/145.0 Mobile/15E148 Safari/604.1`, 1],
]

const tablet: readonly Share[] = [
  [`${iPad} ${macKit} Version/26.1 Mobile/15E148 Safari/604.1`, 52],
  [`${iPad} ${macKit} CriOS/142.0.7444.77 Mobile/15E148 Safari/604.1`, 8],
  [`Mozilla/5.0 (Linux; Android 14; SM-X710) ${webKit} Chrome/142.0.0.0 Safari/537.36`, 40],
]

/** Programs that read mail, and the proxies through which mailboxes load pictures, so that the reader stays hidden. */
const mailClients: readonly Share[] = [
  ['Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)', 30],
  // Apple's privacy proxy
  ['Mozilla/5.0', 20],
  [`${mac} ${macKit}`, 6],
  ['YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html', 4],
  ['Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.18129; Pro)', 8],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.4.0', 2],
]

const bots: readonly Share[] = [
  ['Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', 50],
  ['Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)', 25],
  ['Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)', 15],
  ['Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)', 10],
]

/** User agents as they are met, by what sends them. None has a character that JSON escapes. */
export const userAgents: Readonly<Record<string, Weighted<string>>> = {
  desktop: ofShares(desktop),
  mobile: ofShares(mobile),
  tablet: ofShares(tablet),
  mailClient: ofShares(mailClients),
  bot: ofShares(bots),
}

function ofShares(shares: readonly Share[]): Weighted<string> {
  return weighted(
    shares.map(([userAgent]) => userAgent),
    shares.map(([, weight]) => weight),
  )
}
