import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** A text that must not be found, in every spelling it could hide in. */
export class Needle {
  private readonly spellings: Map<string, Buffer>

  constructor(
    readonly name: string,
    text: string,
  ) {
    const bytes = Buffer.from(text)
    const url = encodeURIComponent(text)
    const json = JSON.stringify(text).slice(1, -1)
    const html = text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')
    const spellings = {
      'as it is': text,
      URL: url,
      'URL in lower case': url.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
      form: url.replace(/%20/g, '+').replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`),
      JSON: json,
      'JSON in JSON': JSON.stringify(json).slice(1, -1),
      'JSON in ASCII': json.replace(/[\u0080-\uffff]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`),
      HTML: html,
      'HTML of JavaScript': html.replace(/'/g, '&#39;'),
      'HTML with numbers': html.replace(/'/g, '&#x27;'),
      'JSON in a script': json.replace(/</g, '\\u003C').replace(/>/g, '\\u003E').replace(/&/g, '\\u0026'),
      hex: bytes.toString('hex'),
      'upper-case hex': bytes.toString('hex').toUpperCase(),
      reversed: [...text].reverse().join(''),
      'UTF-16': bytes.toString('utf8').split('').join('\0'),
    }
    const all = new Map(Object.entries(spellings).map(([name, spelling]) => [name, Buffer.from(spelling)]))
    for (const encoding of ['base64', 'base64url'] as const) {
      // Inside a longer text the same bytes have three base64 spellings.
      for (const offset of [0, 1, 2]) {
        const shifted = Buffer.concat([Buffer.alloc(offset), bytes]).toString(encoding).replace(/=+$/, '')
        all.set(`${encoding} at ${offset}`, Buffer.from(shifted.slice(offset === 0 ? 0 : offset + 1, -2)))
      }
    }
    this.spellings = all
  }

  /** How it is spelled in this text, if it is there. */
  in(haystack: string | Buffer): string | undefined {
    const bytes = typeof haystack === 'string' ? Buffer.from(haystack) : haystack
    for (const [name, spelling] of this.spellings) {
      if (bytes.includes(spelling)) return name
    }
    return undefined
  }
}

/** Where any of the needles is, in words. Nothing when all is well. */
export function found(needles: Needle[], haystacks: Iterable<[place: string, content: string | Buffer]>): string[] {
  const findings: string[] = []
  for (const [place, content] of haystacks) {
    for (const needle of needles) {
      const spelling = needle.in(content)
      if (spelling) findings.push(`${needle.name} is in ${place}, spelled: ${spelling}`)
    }
  }
  return findings
}

/** Every file below a folder. Sockets and the like hold nothing. */
export function* files(folder: string): Generator<[string, Buffer]> {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    const state = statSync(path)
    if (state.isDirectory()) yield* files(path)
    else if (state.isFile()) yield [path, readFileSync(path)]
  }
}
