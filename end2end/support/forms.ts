import type { APIRequestContext, APIResponse } from '@playwright/test'

/** What a form sends: names and values. */
export type Fields = Record<string, string>

/** How a form is sent by hand. */
interface Sending {
  /** `json` as the console's script does, answered with the true status; `html` as a browser without scripts. */
  accept?: 'json' | 'html'
  /** Who the request claims to come from. */
  headers?: Record<string, string>
}

/**
 * Opens `path`, fills in its form that posts to `action` and sends it, keeping hidden fields and defaults: what a
 * browser does, without one. Redirects are not followed.
 */
export async function submit(request: APIRequestContext, path: string, action: string, fields: Fields, sending?: Sending): Promise<APIResponse> {
  const page = await request.get(path)
  const form = formOf(await page.text(), action)
  if (!form) throw new Error(`${path} (${page.status()}) has no form that posts to ${action}.`)
  return post(request, action, { ...form, ...fields }, { ...sending, headers: { referer: page.url(), ...sending?.headers } })
}

/** As `submit`, but fails unless the form was taken. Returns the page to go on to. */
export async function save(request: APIRequestContext, path: string, action: string, fields: Fields): Promise<string> {
  const answer = await submit(request, path, action, fields)
  const next = answer.headers()['location']
  if (!answer.ok() || !next) throw new Error(`${action} answered ${answer.status()}: ${await answer.text()}`)
  return next
}

/** Posts fields that need no page, from this site. */
export async function post(request: APIRequestContext, action: string, fields: Fields, sending: Sending = {}): Promise<APIResponse> {
  const accept = sending.accept === 'html' ? 'text/html,application/xhtml+xml,*/*;q=0.8' : 'application/json'
  const headers = { accept, 'sec-fetch-site': 'same-origin', ...sending.headers }
  return request.post(action, { form: fields, headers, maxRedirects: 0 })
}

/** What the form of this document that posts to `action` would send if nobody touched it, by its default (first) button. */
export function formOf(html: string, action: string): Fields | undefined {
  const forms = html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)
  for (const [, head = '', body = ''] of forms) {
    if (attributes(head).action === action) return fieldsOf(body)
  }
  return undefined
}

function fieldsOf(body: string): Fields {
  const fields: Fields = {}
  for (const [, head = ''] of body.matchAll(/<input\b([^>]*)>/g)) {
    const { name, type = 'text', value, checked } = attributes(head)
    if (name && (!['checkbox', 'radio'].includes(type) || checked !== undefined)) fields[name] = value ?? ''
  }
  for (const [, head = '', text = ''] of body.matchAll(/<textarea\b([^>]*)>([\s\S]*?)<\/textarea>/g)) {
    const { name } = attributes(head)
    if (name) fields[name] = unescaped(text)
  }
  for (const [, head = '', text = ''] of body.matchAll(/<select\b([^>]*)>([\s\S]*?)<\/select>/g)) {
    const { name } = attributes(head)
    const options = [...text.matchAll(/<option\b([^>]*)>/g)].map(([, option = '']) => attributes(option))
    const chosen = options.find((option) => option.selected !== undefined) ?? options[0]
    if (name) fields[name] = chosen?.value ?? ''
  }
  const buttons = [...body.matchAll(/<button\b([^>]*)>/g)].map(([, head = '']) => attributes(head))
  const pressed = buttons.find(({ type = 'submit' }) => type === 'submit')
  if (pressed?.name) fields[pressed.name] = pressed.value ?? ''
  return fields
}

function attributes(head: string): Record<string, string | undefined> {
  const pairs = head.matchAll(/([\w-]+)(?:="([^"]*)")?/g)
  return Object.fromEntries([...pairs].map(([, name, value]) => [name, unescaped(value ?? '')]))
}

function unescaped(text: string): string {
  const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex?: string, number?: string, name?: string) =>
    hex ? String.fromCodePoint(parseInt(hex, 16)) : number ? String.fromCodePoint(Number(number)) : (named[name ?? ''] ?? whole),
  )
}
