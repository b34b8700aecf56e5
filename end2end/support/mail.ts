import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** A mail as its reader sees it. */
export interface Mail {
  to: string
  from: string
  subject: string
  text: string
  html: string
  /** Every link of the text, in order. */
  links: string[]
  /** The bytes as they travelled. */
  raw: string
}

/** The newest mail of a folder to this address with this subject, if there is one. */
export function findMail(folder: string, to: string, subject: RegExp): Mail | undefined {
  if (!existsSync(folder)) return undefined
  const files = readdirSync(folder).filter((name) => name.endsWith('.eml')).map((name) => join(folder, name))
  const newestFirst = files.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)
  return newestFirst.map((file) => parseMail(readFileSync(file))).find((mail) => mail.to.includes(to) && subject.test(mail.subject))
}

/** Reads a message: headers, and the text and HTML parts of a multipart body. */
export function parseMail(bytes: Buffer | string): Mail {
  const raw = bytes.toString()
  const { headers, body } = part(raw)
  const parts = leaves(headers, body)
  const content = (type: string) => parts.find((one) => one.type.startsWith(type))?.text ?? ''
  const text = content('text/plain')
  const header = (name: string) => words(headers.get(name) ?? '')
  const links = text.match(/https?:\/\/\S+/g) ?? []
  return { to: header('to'), from: header('from'), subject: header('subject'), text, html: content('text/html'), links, raw }
}

type Headers = Map<string, string>

function part(raw: string): { headers: Headers; body: string } {
  const [head = '', ...rest] = raw.split(/\r?\n\r?\n/)
  const lines = head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)
  const pairs = lines.map((line) => line.split(/:\s*(.*)/s) as [string, string])
  return { headers: new Map(pairs.map(([name, value]) => [name.toLowerCase(), value])), body: rest.join('\r\n\r\n') }
}

function leaves(headers: Headers, body: string): { type: string; text: string }[] {
  const type = headers.get('content-type') ?? 'text/plain'
  const boundary = /boundary="?([^";]+)"?/.exec(type)?.[1]
  if (!boundary) return [{ type, text: decoded(body, headers.get('content-transfer-encoding') ?? '') }]
  const inner = body.split(`--${boundary}`).slice(1, -1).map((text) => part(text.replace(/^\r?\n/, '')))
  return inner.flatMap((one) => leaves(one.headers, one.body))
}

function decoded(text: string, encoding: string): string {
  if (/base64/i.test(encoding)) return Buffer.from(text, 'base64').toString()
  return /quoted-printable/i.test(encoding) ? quoted(text.replace(/=\r?\n/g, '')) : text
}

function quoted(text: string): string {
  const bytes = text.replace(/=([0-9A-F]{2})/gi, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)))
  return Buffer.from(bytes, 'latin1').toString()
}

/** Encoded words of a header (RFC 2047). */
function words(header: string): string {
  const joined = header.replace(/\?=\s+=\?/g, '?==?')
  return joined.replace(/=\?[^?]+\?([BQ])\?([^?]*)\?=/gi, (_, kind: string, text: string) =>
    kind.toUpperCase() === 'B' ? Buffer.from(text, 'base64').toString() : quoted(text.replace(/_/g, ' ')),
  )
}
