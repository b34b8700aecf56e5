import type { APIResponse, BrowserContext, Page, Response } from '@playwright/test'
import { join } from 'node:path'
import { expect, test } from '../fixtures.ts'
import { formOf, post, save, submit, type Fields } from '../support/forms.ts'
import { everyPage, type PageOfConsole } from '../support/pages.ts'
import { files, found, Needle } from '../support/needles.ts'
import { Site } from '../support/site.ts'
import { ROLES, World, requests, signedIn, stranger, type Place } from '../support/world.ts'
import { acceptInvitation, act, addVariable, expectNoRow, expectSaid, fill, open, press, ready } from '../verbs.ts'

// Secrets of every kind go through the whole product once, with signs that every encoding spells differently. Then
// everything that came out is searched. The server logs as much as it can.
const SECRET = `snt&"<é'>+/= {{}} 7Hq9Zk-secret-canary`
const CHANGED = `chg&"<é'>+/= {{ }} 4Tb2Wm-secret-canary`
const REFUSED = `rfs&"<é'>+/= {{1}} 8Lp3Vd-secret-canary`
const FILE = `fil&"<é'>+/= 5Rw6Yc-secret-canary\nsecond line`
const SHORT = 'shrt-canary-77'
const IMPORTED = `imp&"<é'>+/= {{2}} 6Jd4Xs-secret-canary`
/** How a page answers that is there, that may not be seen, that is not there, and whose filters make no sense. */
const ANSWERS = [200, 403, 404, 422]

test.describe('canaries', () => {
  let site: Site
  let world: World
  let place: Place

  test.beforeEach(async () => {
    site = await Site.start({ GATEHOUSE_LOG: 'trace' })
    world = await World.setUp(site, 'Acme')
    await world.cluster('paris')
    place = await world.place('shop')
  })
  test.afterEach(() => site.stop())

  test('the search finds what is there to be found', async () => {
    await world.variable(place.servicePath, 'PLAIN', SECRET)
    const page = await (await world.owner.get(`${place.servicePath}/variables`)).text()
    expect(found([new Needle('a plain value', SECRET)], [['the page', page]])).toHaveLength(1)
    for (const text of [SECRET, Buffer.from(`x${SECRET}yz`).toString('base64'), encodeURIComponent(SECRET), JSON.stringify({ a: SECRET }), Buffer.from(SECRET).toString('hex')]) {
      expect(new Needle('a value', SECRET).in(`before ${text} after`)).toBeDefined()
    }
  })

  test('a secret leaves nothing behind in pages, answers, addresses, logs, mails, database or audit log', async ({ browser }) => {
    test.setTimeout(180_000)
    const context = await browser.newContext({ baseURL: site.url, storageState: world.people.Owner.state })
    const traffic = await listen(context)
    const page = await context.newPage()

    await test.step('it is written, changed, refused and deleted, with a script and without', async () => {
      await open(page, `${place.servicePath}/variables`)
      await addVariable(page, { key: 'CANARY', type: 'Secret', value: SECRET, scope: 'Service' })
      await addVariable(page, { key: 'CANARY_SHORT', type: 'Secret', value: SHORT, scope: 'Service' })
      await act(page, 'CANARY', 'Edit')
      await ready(page)
      await fill(page, { Value: CHANGED })
      await press(page, 'Save')
      await expectSaid(page, 'CANARY saved.')
      await act(page, 'CANARY_SHORT', 'Delete')
      await ready(page)
      await press(page, 'Delete secret')
      await expectNoRow(page, 'CANARY_SHORT')
      await traffic.settled()
      await world.variable(place.servicePath, 'CANARY_FILE', FILE, 'file', { mount_path: '/etc/canary', secret_file: 'true' })
      const refused = { key: 'QOVERY_NO', value: REFUSED, kind: 'secret' }
      for (const accept of ['json', 'html'] as const) {
        const answer = await submit(context.request, `${place.servicePath}/variables?new=secret`, '/rpc/variables/add', refused, { accept })
        expect(answer.status(), accept).toBe(accept === 'json' ? 422 : 303)
        traffic.all.push([`the answer to ${accept}`, `${answer.headers().location} ${await answer.text()}`])
      }
      const form = formOf(await (await world.owner.get(`${place.servicePath}/variables?new=secret`)).text(), '/rpc/variables/add')
      const viewer = await post(world.people.Viewer.request, '/rpc/variables/add', { ...form, ...refused, key: 'NO' })
      expect(viewer.status()).toBe(403)
      traffic.all.push(['the answer to a viewer', await viewer.text()])
      const broken = await context.request.post('/rpc/variables/add', {
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
        data: `value=${encodeURIComponent(REFUSED)}&version=not-a-number`,
      })
      expect(broken.status()).toBe(400)
      traffic.all.push(['the answer to a broken form', await broken.text()])
    })

    await test.step('it is imported, replaced in a text, exported and looked at again', async () => {
      const variables = `${place.servicePath}/variables`
      const made = async (page: string, action: string, fields: Fields) => {
        const review = await save(context.request, page, action, fields)
        traffic.all.push([`the review of ${action}`, `${review} ${await (await context.request.get(review)).text()}`])
        return review
      }
      const file = { format: 'JSON', text: JSON.stringify({ CANARY_IMPORTED: IMPORTED, '1BAD': REFUSED }) }
      const review = await made(`${variables}?import`, '/rpc/variables/read-import', file)
      await save(context.request, review, '/rpc/variables/make-changes', { 'secret[row.0]': 'true' })
      const torn = await submit(context.request, `${variables}?import`, '/rpc/variables/read-import', { format: 'JSON', text: `{"A": ${JSON.stringify(REFUSED)}` })
      expect(torn.status()).toBe(422)
      traffic.all.push(['the answer to a torn file', await torn.text()])
      const text = `CANARY=${JSON.stringify(CHANGED)}\nCANARY_FILE=<unchanged>\nCANARY_IMPORTED=<unchanged>\n`
      const edited = await made(`${variables}?text`, '/rpc/variables/read-text', { text })
      traffic.all.push(['the text', await (await context.request.get(`${variables}?text`)).text()])
      await save(context.request, edited, '/rpc/variables/make-changes', {})
      for (const format of ['DOTENV', 'JSON', 'YAML']) {
        const exported = await submit(context.request, `${variables}?export`, '/download/variables', { format })
        expect(exported.status()).toBe(200)
        traffic.all.push([`the export as ${format}`, await exported.text()])
      }
    })

    await test.step('every page is opened by every role', async () => {
      await openAll(page, traffic, await everyPage(world, place))
      for (const role of ROLES) {
        for (const { name, path } of await everyPage(world, place)) {
          const answer = await world.people[role].request.get(path)
          expect(ANSWERS, `${name} for ${role}`).toContain(answer.status())
          traffic.all.push([`${name} for ${role}`, await answer.text()])
        }
      }
    })

    await test.step('so is every event, and some of them are about the secret', async () => {
      let about = 0
      for (let event = 1, answer: APIResponse | undefined; answer?.status() !== 404; event += 1) {
        answer = await world.owner.get(`${world.path}/settings/audit-logs?event=${event}`)
        expect([200, 404], `event ${event}`).toContain(answer.status())
        const text = await answer.text()
        // Its JSON; the list of events stands beside every event.
        if (/target_name&quot;.{0,40}&quot;CANARY&quot;|target_name".{0,40}"CANARY"/.test(text.replace(/<[^>]*>/g, ''))) about += 1
        traffic.all.push([`event ${event}`, text])
      }
      expect(about).toBe(3)
    })

    await traffic.settled()
    await context.close()
    await site.down()
    const needles = Object.entries({ SECRET, CHANGED, REFUSED, FILE, SHORT, IMPORTED }).map(([name, text]) => new Needle(name, text))
    expect(found(needles, traffic.all)).toEqual([])
    expect(found(needles, files(site.folder))).toEqual([])
  })

  test('passwords and tokens leave nothing behind either', async ({ browser }) => {
    const guest = { ...stranger('Canary Guest'), password: `pwd&"<é'>+/= quince 6Gf1Xs canary` }
    const wrong = `wrg&"<é'>+/= quince 3Nd8Kj canary`
    const link = await world.invite(guest.email, 'DevOps')
    const unused = await world.invite(stranger('Never Comes').email, 'Viewer')
    const context = await browser.newContext({ baseURL: site.url })
    const traffic = await listen(context)
    const page = await context.newPage()
    await acceptInvitation(page, link, guest)
    await page.waitForURL(world.path)
    await traffic.settled()
    await openAll(page, traffic, await everyPage(world, place))
    for (const accept of ['json', 'html'] as const) {
      const answer = await submit(await requests(site), '/sign-in', '/rpc/account/sign-in', { email: guest.email, password: wrong }, { accept })
      expect(answer.status(), accept).toBe(accept === 'json' ? 401 : 303)
      traffic.all.push(['the answer to a wrong password', `${answer.headers().location} ${await answer.text()}`])
    }
    const session = (await signedIn(site, guest)).state.cookies.find(({ name }) => name.includes('session'))?.value ?? ''
    const sessions = (await context.cookies()).find(({ name }) => name.includes('session'))?.value ?? ''
    await traffic.settled()
    await context.close()
    await site.down()

    const token = (link: string) => link.split('/').at(-1) ?? ''
    expect(token(link)).toHaveLength(43)
    const secrets = { 'the password': guest.password, 'a wrong password': wrong, 'a session': session, 'the session of the page': sessions }
    const tokens = { 'the token of an invitation': token(link), 'the token of an unused invitation': token(unused), 'the set-up token': site.setupToken }
    const needles = (texts: Record<string, string>) => Object.entries(texts).map(([name, text]) => new Needle(name, text))
    expect(found(needles(secrets), traffic.all.filter(([place]) => !place.startsWith('headers')))).toEqual([])
    expect(found(needles(tokens), traffic.all.filter(([place]) => !place.includes('/invite/')))).toEqual([])
    expect(found(needles(secrets), files(site.folder))).toEqual([])
    // Mails carry invitations, the operator's terminal the set-up link: that is what they are for.
    const meant = [join(site.data, 'outbox'), site.printedFile]
    const elsewhere = [...files(site.folder)].filter(([path]) => !meant.some((place) => path.startsWith(place)))
    expect(found(needles(tokens), elsewhere)).toEqual([])
  })
})

/** What a browser was told. */
interface Heard {
  /** Where it was said, and what. */
  all: [place: string, content: string][]
  /** Waits until every answer so far has been read; fails where one could not be. */
  settled(): Promise<void>
}

/** Everything a browser is told: addresses, headers and bodies of all answers, its console. */
async function listen(context: BrowserContext): Promise<Heard> {
  const all: [string, string][] = []
  const unread: string[] = []
  const reading: Promise<void>[] = []
  const forms = { answered: 0, read: 0 }
  context.on('request', (request) => all.push([`the address ${request.url()}`, request.url()]))
  context.on('console', (message) => all.push(['the console', message.text()]))
  context.on('response', (response) => {
    all.push([`headers of ${response.url()}`, JSON.stringify(response.headers())])
    if (response.request().resourceType() === 'fetch' && response.url().includes('/rpc/')) forms.answered += 1
    else reading.push(read(response, all).catch((error: Error) => void unread.push(`${response.url()}: ${error.message}`)))
  })
  // The browser forgets the answer to a form as soon as the form leads elsewhere: the page hands it over before.
  await context.exposeBinding('hear', (_, url: string, body: string) => {
    forms.read += 1
    all.push([`the body of ${url}`, body])
  })
  await context.addInitScript(() => {
    const page = window as typeof window & { hear(url: string, body: string): Promise<void> }
    const fetch = page.fetch
    page.fetch = async (...request) => {
      const answer = await fetch(...request)
      if (answer.url.includes('/rpc/')) await page.hear(answer.url, await answer.clone().text())
      return answer
    }
  })
  const settled = async () => {
    await Promise.all(reading)
    expect(unread, 'every answer is read').toEqual([])
    expect(forms.read, 'so is the answer to every form').toBe(forms.answered)
  }
  return { all, settled }
}

/** Redirects have no body, and files and the icon are the same for everybody. */
async function read(response: Response, all: [string, string][]) {
  const redirects = response.status() >= 300 && response.status() < 400
  if (redirects || /\/pkg\/|\/favicon\./.test(response.url())) return
  all.push([`the body of ${response.url()}`, (await response.body()).toString()])
}

/** Opens every page; each answer is read before the next page takes its place. */
async function openAll(page: Page, traffic: Heard, pages: PageOfConsole[]) {
  for (const { name, path } of pages) {
    const answer = await page.goto(path)
    expect(ANSWERS, name).toContain(answer?.status())
    await traffic.settled()
  }
}
