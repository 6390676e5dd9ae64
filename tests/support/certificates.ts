import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'
import { isIPv4 } from 'node:net'

export interface Certificate {
  /** PEM */
  certificate: string
  /** PEM, PKCS #8 */
  key: string
}

export interface Authority {
  /** PEM */
  certificate: string
  /** A certificate for a server with these host names and IPv4 addresses. */
  issue(hosts: string[]): Certificate
}

/** A certificate authority that is good for a day, of its own. Node reads certificates, but makes none. */
export function makeAuthority(name: string): Authority {
  const own = newKeys()
  const certificate = makeCertificate({ issuer: name, subject: name, own, signer: own })
  return {
    certificate,
    issue(hosts) {
      const server = newKeys()
      const subject = `${name} server`
      return {
        certificate: makeCertificate({ issuer: name, subject, own: server, signer: own, hosts }),
        key: server.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      }
    },
  }
}

interface Keys {
  publicKey: KeyObject
  privateKey: KeyObject
}

const newKeys = (): Keys => generateKeyPairSync('ec', { namedCurve: 'P-256' })

/** Source: https://datatracker.ietf.org/doc/html/rfc5280#section-4.1 */
function makeCertificate(of: {
  issuer: string
  subject: string
  own: Keys
  signer: Keys
  /** Absent: it is an authority itself. */
  hosts?: string[]
}): string {
  const ecdsaWithSha256 = sequence(objectId('2a8648ce3d040302'))
  const version3 = explicit(0, integer(Buffer.from([2])))
  const serial = integer(Buffer.concat([Buffer.from([1]), randomBytes(15)]))
  const content = sequence(
    ...[version3, serial, ecdsaWithSha256, nameOf(of.issuer)],
    sequence(utcTime(-3_600_000), utcTime(86_400_000)),
    nameOf(of.subject),
    of.own.publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(of.hosts ? alternativeNames(of.hosts) : isAuthority())),
  )
  const signature = sign('sha256', content, of.signer.privateKey)
  const whole = sequence(content, ecdsaWithSha256, element(0x03, Buffer.from([0]), signature))
  const lines = whole.toString('base64').match(/.{1,64}/g)!
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

const isAuthority = () => {
  const critical = element(0x01, Buffer.from([0xff]))
  return sequence(objectId('551d13'), critical, element(0x04, sequence(critical)))
}

const alternativeNames = (hosts: string[]) => {
  const names = hosts.map((host) =>
    isIPv4(host)
      ? element(0x87, Buffer.from(host.split('.').map(Number)))
      : element(0x82, Buffer.from(host)),
  )
  return sequence(objectId('551d11'), element(0x04, sequence(...names)))
}

const nameOf = (name: string) =>
  sequence(element(0x31, sequence(objectId('550403'), element(0x0c, Buffer.from(name)))))

const utcTime = (fromNowMs: number) => {
  const digits = new Date(Date.now() + fromNowMs).toISOString().replaceAll(/\D/g, '')
  return element(0x17, Buffer.from(`${digits.slice(2, 14)}Z`))
}

/** An element of DER: its tag, its length, its content. */
function element(tag: number, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content)
  if (body.length < 128) return Buffer.concat([Buffer.from([tag, body.length]), body])
  const length = Buffer.alloc(2)
  length.writeUInt16BE(body.length)
  return Buffer.concat([Buffer.from([tag, 0x82]), length, body])
}

const sequence = (...content: Buffer[]) => element(0x30, ...content)
const integer = (bytes: Buffer) => element(0x02, bytes)
const objectId = (hex: string) => element(0x06, Buffer.from(hex, 'hex'))
const explicit = (tag: number, content: Buffer) => element(0xa0 | tag, content)
