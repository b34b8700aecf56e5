import type { BrowserContext } from '@playwright/test'
import { join } from 'node:path'
import { expect, test } from '../fixtures.ts'
import { post, submit } from '../support/forms.ts'
import { everyPage } from '../support/pages.ts'
import { files, found, Needle } from '../support/needles.ts'
import { Site } from '../support/site.ts'
import { ROLES, World, requests, signedIn, stranger, type Place } from '../support/world.ts'
import { acceptInvitation, act, addVariable, fill, open, press, ready } from '../verbs.ts'

// Secrets of every kind go through the whole product once, with signs that every encoding spells differently. Then
// everything that came out is searched. The server logs as much as it can.
const SECRET = `snt&"<é'>+/= {{x}} 7Hq9Zk-secret-canary`
const CHANGED = `chg&"<é'>+/= {{y}} 4Tb2Wm-secret-canary`
const REFUSED = `rfs&"<é'>+/= {{z}} 8Lp3Vd-secret-canary`
const FILE = `fil&"<é'>+/= 5Rw6Yc-secret-canary\nsecond line`
const SHORT = 'shrt-canary-77'

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
    const traffic = listen(context)
    const page = await context.newPage()

    await test.step('it is written, changed, refused and deleted, with a script and without', async () => {
      await open(page, `${place.servicePath}/variables`)
      await addVariable(page, { key: 'CANARY', type: 'Secret', value: SECRET, scope: 'Service' })
      await addVariable(page, { key: 'CANARY_SHORT', type: 'Secret', value: SHORT, scope: 'Service' })
      await act(page, 'CANARY', 'Edit')
      await ready(page)
      await fill(page, { Value: CHANGED })
      await press(page, 'Save')
      await world.variable(place.servicePath, 'CANARY_FILE', FILE, 'file', { mount_path: '/etc/canary', secret_file: 'true' })
      const refused = { key: 'QOVERY_NO', value: REFUSED, kind: 'secret' }
      for (const accept of ['json', 'html'] as const) {
        const answer = await submit(context.request, `${place.servicePath}/variables?new=secret`, '/rpc/variables/add', refused, { accept })
        expect([422, 303]).toContain(answer.status())
        traffic.push([`the answer to ${accept}`, `${answer.headers().location} ${await answer.text()}`])
      }
      const viewer = await post(world.people.Viewer.request, '/rpc/variables/add', { ...refused, key: 'NO' })
      traffic.push(['the answer to a viewer', await viewer.text()])
      const broken = await context.request.post('/rpc/variables/add', {
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
        data: `value=${encodeURIComponent(REFUSED)}&version=not-a-number`,
      })
      traffic.push(['the answer to a broken form', await broken.text()])
    })

    await test.step('every page is opened by every role', async () => {
      for (const { path } of await everyPage(world, place)) await page.goto(path)
      for (const role of ROLES) {
        for (const { name, path } of await everyPage(world, place)) {
          traffic.push([`${name} for ${role}`, await (await world.people[role].request.get(path)).text()])
        }
      }
      for (let event = 1; event < 40; event += 1) {
        const answer = await world.owner.get(`${world.path}/settings/audit-logs?event=${event}`)
        traffic.push([`event ${event}`, await answer.text()])
      }
    })

    await context.close()
    await site.down()
    const needles = Object.entries({ SECRET, CHANGED, REFUSED, FILE, SHORT }).map(([name, text]) => new Needle(name, text))
    expect(found(needles, traffic)).toEqual([])
    expect(found(needles, files(site.folder))).toEqual([])
  })

  test('passwords and tokens leave nothing behind either', async ({ browser }) => {
    const guest = { ...stranger('Canary Guest'), password: `pwd&"<é'>+/= quince 6Gf1Xs canary` }
    const wrong = `wrg&"<é'>+/= quince 3Nd8Kj canary`
    const link = await world.invite(guest.email, 'DevOps')
    const unused = await world.invite(stranger('Never Comes').email, 'Viewer')
    const context = await browser.newContext({ baseURL: site.url })
    const traffic = listen(context)
    const page = await context.newPage()
    await acceptInvitation(page, link, guest)
    await page.waitForURL(world.path)
    for (const { path } of await everyPage(world, place)) await page.goto(path)
    for (const accept of ['json', 'html'] as const) {
      const answer = await submit(await requests(site), '/sign-in', '/rpc/account/sign-in', { email: guest.email, password: wrong }, { accept })
      traffic.push(['the answer to a wrong password', `${answer.headers().location} ${await answer.text()}`])
    }
    const session = (await signedIn(site, guest)).state.cookies.find(({ name }) => name.includes('session'))?.value ?? ''
    const sessions = (await context.cookies()).find(({ name }) => name.includes('session'))?.value ?? ''
    await context.close()
    await site.down()

    const token = (link: string) => link.split('/').at(-1) ?? ''
    expect(token(link)).toHaveLength(43)
    const secrets = { 'the password': guest.password, 'a wrong password': wrong, 'a session': session, 'the session of the page': sessions }
    const tokens = { 'the token of an invitation': token(link), 'the token of an unused invitation': token(unused), 'the set-up token': site.setupToken }
    const needles = (texts: Record<string, string>) => Object.entries(texts).map(([name, text]) => new Needle(name, text))
    expect(found(needles(secrets), traffic.filter(([place]) => !place.startsWith('headers')))).toEqual([])
    expect(found(needles(tokens), traffic.filter(([place]) => !place.includes('/invite/')))).toEqual([])
    expect(found(needles(secrets), files(site.folder))).toEqual([])
    // Mails carry invitations, the operator's terminal the set-up link: that is what they are for.
    const meant = [join(site.data, 'outbox'), site.printedFile]
    const elsewhere = [...files(site.folder)].filter(([path]) => !meant.some((place) => path.startsWith(place)))
    expect(found(needles(tokens), elsewhere)).toEqual([])
  })
})

/** Everything a browser is told: addresses, headers and bodies of all answers, its console. */
function listen(context: BrowserContext): [string, string][] {
  const heard: [string, string][] = []
  context.on('request', (request) => heard.push([`the address ${request.url()}`, request.url()]))
  context.on('console', (message) => heard.push(['the console', message.text()]))
  context.on('response', async (response) => {
    heard.push([`headers of ${response.url()}`, JSON.stringify(response.headers())])
    if (response.url().includes('/pkg/') || response.status() >= 300 && response.status() < 400) return
    const body = await response.body().catch(() => Buffer.alloc(0))
    heard.push([`the body of ${response.url()}`, body.toString()])
  })
  return heard
}
