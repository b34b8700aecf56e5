import type { BrowserContext, Page } from '@playwright/test'
import { expect, hear, test as base } from '../fixtures.ts'
import { formOf, post } from '../support/forms.ts'
import type { Site } from '../support/site.ts'
import { stranger } from '../support/world.ts'
import {
  acceptInvitation, addVariable, changeRole, createCluster, createEnvironment, createProject, createService, expectEvent, expectHeading, expectNoRow,
  expectRow, filterAudit, invite, openAudit, openEvent, row, setUp,
} from '../verbs.ts'

const ana = stranger('Ana Novak')
const sam = stranger('Sam Haddad')
const SECRET = 'sk_live_51H8xBq0pTzR9fQ'
const FILE = 'workers = 4\nretries = 2\n'
const SERVICE = '/o/acme/p/shop/e/production/s/api'

/** Two people, each with a browser of their own. */
interface Story {
  site: Site
  her: Page
  him: Page
}

// The story everything stands on, told in order. The worker that tells it has a server of its own.
const test = base.extend<object, { story: Story }>({
  story: [
    async ({ browser, site }, use) => {
      const contexts: BrowserContext[] = []
      const complaints: string[] = []
      const newcomer = async () => {
        const context = await browser.newContext({ baseURL: site.url })
        contexts.push(context)
        hear(context, complaints)
        return context.newPage()
      }
      await use({ site, her: await newcomer(), him: await newcomer() })
      for (const context of contexts) await context.close()
      expect(complaints).toEqual([])
    },
    { scope: 'worker' },
  ],
})
test.describe.configure({ mode: 'serial' })

test('an owner opens the set-up link, makes an account and the organization Acme', async ({ story: { site, her } }) => {
  await setUp(her, site.setupLink, ana, 'Acme')
  await expect(her).toHaveURL(`${site.url}/o/acme`)
  await expect(her.getByRole('navigation', { name: 'Main' })).toContainText('You are Owner')
})

test('she adds a cluster entry and a project', async ({ story: { her } }) => {
  await createCluster(her, 'paris', 'AWS', 'eu-west-3')
  await her.goto('/o/acme')
  await createProject(her, 'shop')
  await expect(her).toHaveURL(/\/o\/acme\/p\/shop/)
})

test('she creates a Production and a Development environment', async ({ story: { her } }) => {
  await createEnvironment(her, 'production', 'Production', 'paris')
  await her.goto('/o/acme/p/shop/overview')
  await createEnvironment(her, 'development', 'Development', 'paris')
  await her.goto('/o/acme/p/shop/overview')
  const main = her.getByRole('main')
  await expect(main.getByRole('link', { name: 'production' })).toBeVisible()
  await expect(main.getByRole('link', { name: 'development' })).toBeVisible()
})

test('she creates an application and a database', async ({ story: { her } }) => {
  await her.goto('/o/acme/p/shop/e/production/overview')
  await createService(her, 'api', 'Application')
  await her.goto('/o/acme/p/shop/e/production/overview')
  await createService(her, 'orders-db', 'Database')
  const tree = her.getByRole('navigation', { name: 'Main' })
  await expect(tree.getByRole('link', { name: 'api' })).toBeVisible()
  await expect(tree.getByRole('link', { name: 'orders-db' })).toBeVisible()
})

test('she invites a colleague as Viewer, who opens the link of the mail and is in', async ({ story: { site, her, him } }) => {
  await invite(her, sam.email, 'Viewer')
  const mail = await site.mail(sam.email)
  expect(mail.subject).toBe('Ana Novak invites you to Acme on Gatehouse')
  await acceptInvitation(him, mail.links[0] ?? '', sam)
  await expect(him).toHaveURL(`${site.url}/o/acme`)
  await expect(him.getByRole('navigation', { name: 'Main' })).toContainText('You are Viewer')
})

test('on the application she adds a plain variable for the project', async ({ story: { her } }) => {
  await her.goto(`${SERVICE}/variables`)
  await addVariable(her, { key: 'LOG_LEVEL', type: 'Plain', value: 'info', scope: 'Project' })
  await expectRow(her, { 'Variable/Key': 'LOG_LEVEL', Value: 'info', Scope: 'Project' })
})

test('and a secret for the environment, of which she sees the ends from now on', async ({ story: { her } }) => {
  await addVariable(her, { key: 'PAYMENT_KEY', type: 'Secret', value: SECRET, scope: 'Environment' })
  await expectRow(her, { 'Variable/Key': 'PAYMENT_KEY', Value: /sk_.*9fQ/, Scope: 'Environment' })
  await expect(her.getByText(SECRET)).toHaveCount(0)
})

test('and a file for the application alone', async ({ story: { her } }) => {
  await addVariable(her, { key: 'WORKERS_CONF', type: 'File', value: FILE, scope: 'Service', path: '/etc/api/workers.conf' })
  await expectRow(her, { 'Variable/Key': 'WORKERS_CONF', Scope: 'Service' })
  await expect(row(her, 'WORKERS_CONF')).toContainText('/etc/api/workers.conf')
})

test('what she chose for the project reaches the other service, the rest does not', async ({ story: { her } }) => {
  await her.goto('/o/acme/p/shop/e/production/s/orders-db/variables')
  await expectRow(her, { 'Variable/Key': 'LOG_LEVEL', Scope: 'Project' })
  await expectRow(her, { 'Variable/Key': 'PAYMENT_KEY', Scope: 'Environment' })
  await expectNoRow(her, 'WORKERS_CONF')
  await her.goto('/o/acme/p/shop/e/development/variables')
  await expectRow(her, { 'Variable/Key': 'LOG_LEVEL', Scope: 'Project' })
  await expectNoRow(her, 'PAYMENT_KEY')
})

test('he sees the plain value, and of the secret only the first and last three characters', async ({ story: { him } }) => {
  await him.goto(`${SERVICE}/variables`)
  await expectRow(him, { 'Variable/Key': 'LOG_LEVEL', Value: 'info' })
  await expectRow(him, { 'Variable/Key': 'PAYMENT_KEY', Value: /sk_•+.*9fQ/ })
  expect(await him.content()).not.toContain(SECRET)
})

test('he cannot add, edit or delete, and is told who can', async ({ story: { him } }) => {
  const add = him.getByRole('button', { name: 'Add variable' })
  await expect(add).toHaveAttribute('aria-disabled', 'true')
  await expect(add).toHaveAccessibleDescription(/Add\/Edit\/Delete environment variables and secrets.*DevOps/)
  await expect(him.getByRole('button', { name: 'Actions for LOG_LEVEL' })).toHaveCount(0)
  await him.getByRole('link', { name: 'WORKERS_CONF' }).click()
  const details = him.getByRole('dialog')
  await expect(details).toContainText('workers = 4')
  await expect(details.getByRole('button', { name: 'Save' })).toHaveCount(0)
  await expect(details.getByRole('link', { name: 'Delete' })).toHaveCount(0)
})

test('when he posts the form anyway, the server refuses', async ({ story: { her, him } }) => {
  const hers = await her.request.get(`${SERVICE}/variables?new=plain`)
  const form = formOf(await hers.text(), '/rpc/variables/add')
  const answer = await post(him.request, '/rpc/variables/add', { ...form, key: 'SNEAKED_IN', value: 'x' })
  expect(answer.status()).toBe(403)
  expect(await answer.json()).toMatchObject({ code: 'forbidden', permission: 'variables.edit' })
  await him.goto(`${SERVICE}/variables`)
  await expectNoRow(him, 'SNEAKED_IN')
})

test('she makes him DevOps', async ({ story: { her } }) => {
  await changeRole(her, sam.name, 'DevOps')
  await expectRow(her, { Person: sam.name, Role: 'DevOps' })
})

test('on his very next click he can edit variables', async ({ story: { him } }) => {
  await him.getByRole('link', { name: 'Variables' }).first().click()
  await addVariable(him, { key: 'TIMEOUT_MS', type: 'Plain', value: '250', scope: 'Service' })
  await expectRow(him, { 'Variable/Key': 'TIMEOUT_MS', Value: '250' })
})

test('and still has no invite button and no audit log', async ({ story: { him } }) => {
  await him.goto('/o/acme/settings/members')
  await expectHeading(him, 'Members')
  await expect(him.getByRole('link', { name: 'Invite member' })).toHaveCount(0)
  await expect(him.getByRole('link', { name: 'Audit logs' })).toHaveCount(0)
  const refused = await him.goto('/o/acme/settings/audit-logs')
  expect(refused?.status()).toBe(403)
  await expect(him.getByRole('main')).toContainText('View audit logs')
})

test('she filters the audit log by time range, target type, target name and event type', async ({ story: { her } }) => {
  await openAudit(her)
  await expectEvent(her, { 'Event type': 'CREATE', Target: 'TIMEOUT_MS', 'Target type': 'Variable', User: sam.name, Tool: 'Console' })
  await filterAudit(her, { 'Time range': 'Last hour' })
  await filterAudit(her, { 'Target type': 'Secret' })
  await expectEvent(her, { 'Event type': 'CREATE', Target: 'PAYMENT_KEY', User: ana.name })
  await expect(her.getByRole('rowheader')).toHaveCount(1)
  await filterAudit(her, { 'Target type': 'Member role', 'Event type': 'UPDATE' })
  await expectEvent(her, { 'Event type': 'UPDATE', Target: sam.name, User: ana.name })
  await filterAudit(her, { 'Target name': 'nobody of this name' })
  await expect(her.getByText('No event matches')).toBeVisible()
})

test('she opens an event and reads who, what, with which tool, before and after', async ({ story: { her } }) => {
  await openAudit(her)
  await openEvent(her, 'UPDATE', sam.name)
  const main = her.getByRole('main')
  await expect(main).toContainText(`${ana.name} changed ${sam.name}`)
  await expect(main.getByRole('table', { name: 'Changed fields, before and after' })).toContainText(/role.*Viewer.*role.*DevOps/s)
  await expect(main).toContainText(/ToolConsole, Chrom/)
})

test('and the same as JSON', async ({ story: { her } }) => {
  const json = await her.getByRole('region', { name: 'Event as JSON' }).innerText()
  expect(JSON.parse(json)).toMatchObject({
    event_type: 'UPDATE',
    target_type: 'MEMBERS_AND_ROLES',
    sub_target_type: 'MEMBER_ROLE',
    sub_target_name: sam.name,
    triggered_by: ana.name,
    origin: 'CONSOLE',
    outcome: 'SUCCESS',
    change: { role: ['Viewer', 'DevOps'] },
  })
})
