import { expect, test } from '../fixtures.ts'
import { Site, freePort } from '../support/site.ts'
import { MailServer } from '../support/smtp.ts'
import { World, requests, save, stranger } from '../support/world.ts'
import { until } from '../support/until.ts'
import { acceptInvitation, fill, press, signOut } from '../verbs.ts'

/** A first retry waits a minute, and whoever looks for due mails does so every five seconds. */
const FIRST_RETRY = 80_000

async function siteWithMail(port: number): Promise<{ site: Site; world: World }> {
  const site = await Site.start({ GATEHOUSE_SMTP_URL: `smtp://127.0.0.1:${port}`, GATEHOUSE_MAIL_FROM: 'Gatehouse <door@acme.example>' })
  return { site, world: await World.founded(site, 'Acme') }
}

test('an invitation reaches a mail server, and its link lets the reader in', async ({ page }) => {
  const server = new MailServer()
  const { site, world } = await siteWithMail(await server.start())
  const reader = stranger('Vera Kowalska')
  await world.offer(reader.email, 'Viewer')
  const mail = await until('the mail arrives', () => server.received.find((mail) => mail.to.includes(reader.email)))
  expect(mail.from).toContain('door@acme.example')
  expect(mail.subject).toBe('Olive Tran invites you to Acme on Gatehouse')
  expect(mail.html).toContain(mail.links[0])
  await page.goto(mail.links[0] ?? '')
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Acme')
  await site.stop()
  await server.stop()
})

test('whoever came by mail joins a second organization by signing in', async ({ page }) => {
  const server = new MailServer()
  const { site, world } = await siteWithMail(await server.start())
  const reader = stranger('Vera Kowalska')
  const linkFrom = async (organization: World) => {
    await organization.offer(reader.email, 'DevOps')
    const subject = `invites you to ${organization.organization} `
    const mail = await until('the mail arrives', () => server.received.find((mail) => mail.to.includes(reader.email) && mail.subject.includes(subject)))
    return mail.links[0] ?? ''
  }
  await acceptInvitation(page, await linkFrom(world), reader)
  await expect(page).toHaveURL(`${site.url}${world.path}`)
  await signOut(page)
  const other = await world.beside('Umbra')
  await page.goto(await linkFrom(other))
  await fill(page, { Password: reader.password })
  await press(page, 'Accept invitation')
  await expect(page).toHaveURL(`${site.url}${other.path}`)
  await site.stop()
  await server.stop()
})

test('an invitation waits for a mail server that comes up late', async () => {
  test.setTimeout(FIRST_RETRY + 60_000)
  const port = await freePort()
  const { site, world } = await siteWithMail(port)
  const reader = stranger('Omar Aziz')
  await world.offer(reader.email, 'Viewer')
  await until('the first delivery fails', () => site.log().includes('mail not delivered'))

  const server = new MailServer()
  await server.start(port)
  const mail = await until('the mail arrives', () => server.received.find((mail) => mail.to.includes(reader.email)), FIRST_RETRY)
  const request = await requests(site)
  const next = await save(request, mail.links[0] ?? '', '/rpc/account/accept-invitation', { name: reader.name, password: reader.password })
  expect((await request.get(next)).status()).toBe(200)
  expect(server.received).toHaveLength(1)
  await site.stop()
  await server.stop()
})
