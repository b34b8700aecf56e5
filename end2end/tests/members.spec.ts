import { readFile } from 'node:fs/promises'
import { expect, test } from '../fixtures.ts'
import { Site } from '../support/site.ts'
import { World, stranger } from '../support/world.ts'
import { act, choose, expectHeading, expectRow, expectSaid, fill, open, press, ready, row, setUp } from '../verbs.ts'

const both = { tag: '@no-javascript' }

test.describe('inviting', () => {
  test('several people at once gets a result for each address', both, async ({ as, world }) => {
    const [ana, bo] = [stranger('Ana Several'), stranger('Bo Several')]
    const page = await as('Owner')
    await page.goto(`${world.path}/settings/members?invite`)
    await fill(page, { Email: `${ana.email}: DevOps\n${bo.email}, nonsense, ${world.people.Viewer.email}`, Note: 'Welcome to the team' })
    await press(page, 'Send invitation')
    const results = page.getByRole('list').filter({ hasText: ana.email })
    await expect(results).toContainText(`${ana.email} as DevOps`)
    await expect(results).toContainText(`${bo.email} as Viewer`)
    await expect(results).toContainText('Enter an e-mail address like name@example.com.')
    await expect(results).toContainText('This person is a member already.')
    await page.getByRole('link', { name: 'Done' }).click()
    await expectRow(page, { Email: ana.email, Role: 'DevOps', Status: 'Pending' })
    await expectRow(page, { Email: bo.email, Role: 'Viewer', Status: 'Pending' })
  })

  test('can be declined, and the inviter sees that', both, async ({ as, page, world }) => {
    const guest = stranger('Guest Declining')
    await page.goto(await world.invite(guest.email, 'Viewer'))
    await press(page, 'Decline invitation')
    await expectHeading(page, 'Invitation declined')
    const owner = await as('Owner')
    await owner.goto(`${world.path}/settings/members?tab=invitations`)
    await expectRow(owner, { Email: guest.email, Status: 'Declined' })
  })

  test('can be extended, changed and revoked', async ({ as, world }) => {
    const guest = stranger('Guest Changing')
    await world.offer(guest.email, 'Viewer')
    const owner = await as('Owner')
    await owner.goto(`${world.path}/settings/members?tab=invitations`)
    await act(owner, guest.email, 'Extend')
    await choose(owner, 'Link works for', '30 days')
    await press(owner, 'Extend invitation')
    await expectSaid(owner, 'Invitation extended.')
    await act(owner, guest.email, 'Change role')
    await choose(owner, 'Role', 'DevOps')
    await press(owner, 'Change role')
    await expectRow(owner, { Email: guest.email, Role: 'DevOps' })
    await act(owner, guest.email, 'Revoke')
    await press(owner, 'Revoke invitation')
    await expectRow(owner, { Email: guest.email, Status: 'Revoked' })
  })
})

test.describe('changing a role', () => {
  test('shows first what it gives and takes', both, async ({ as, world }) => {
    const person = await world.join('Viewer', 'Pia Preview')
    const page = await as('Owner')
    await page.goto(`${world.path}/settings/members?q=${encodeURIComponent(person.email)}`)
    await act(page, person.name, 'Change role')
    await choose(page, 'Role', 'DevOps')
    await press(page, 'Show what changes')
    const preview = page.getByRole('region', { name: 'What changes' })
    await expect(preview).toContainText(/Pia Preview.*Viewer.*DevOps/s)
    await expect(preview).toContainText('change variables and secrets')
    await press(page, 'Change role')
    await expectRow(page, { Person: person.name, Role: 'DevOps' })
  })

  test('of several people at once changes all of them', async ({ as, world }) => {
    const [one, two] = [await world.join('Viewer', 'Bulk One'), await world.join('Viewer', 'Bulk Two')]
    const page = await as('Owner')
    await open(page, `${world.path}/settings/members?q=Bulk`)
    for (const { name } of [one, two]) await page.getByRole('checkbox', { name: `Select ${name}` }).check()
    await press(page, 'Change role of selected')
    await choose(page, 'Role', 'Billing Manager')
    await press(page, 'Show what changes')
    await expect(page.getByRole('region', { name: 'What changes' })).toContainText(/Viewer.*Billing Manager/s)
    await press(page, 'Change role')
    for (const { name } of [one, two]) await expectRow(page, { Person: name, Role: 'Billing Manager' })
  })

  test('is refused when the preview is no longer true', async ({ as, world }) => {
    const person = await world.join('Viewer', 'Moved Meanwhile')
    const page = await as('Owner')
    const id = await world.personId(person)
    await open(page, `${world.path}/settings/members?role=${id}&to=devops`)
    await world.giveRole(person, 'Billing Manager')
    await press(page, 'Change role')
    await expect(page.getByRole('alert')).toContainText('changed since this preview was made')
  })

  test('is said on the open page of whom it concerns, without a reload', async ({ as, world }) => {
    const person = await world.join('Viewer', 'Otto Open')
    const page = await as(person)
    await open(page, world.path)
    await world.giveRole(person, 'DevOps')
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true })))
    await expect(page.getByRole('alert')).toContainText('Your access changed')
    await page.getByRole('link', { name: 'Reload the page' }).click()
    await ready(page)
    await expect(page.getByText('You are DevOps here')).toBeVisible()
  })
})

test.describe('answers', () => {
  test('say what a member can do, where and why', both, async ({ as, world, place }) => {
    const page = await as('Owner')
    await page.goto(`${world.path}/settings/members?q=${encodeURIComponent(world.people.DevOps.email)}`)
    await act(page, world.people.DevOps.name, 'What they can do')
    await expectHeading(page, world.people.DevOps.name)
    const project = page.getByRole('group').filter({ hasText: place.project }).first()
    await project.getByText(place.project).click()
    await expect(project).toContainText('can change variables and secrets')
    await expect(project).toContainText('DevOps, everywhere')
  })

  test('say who can do what here', both, async ({ as, place, world }) => {
    const owner = await as('Owner')
    await owner.goto(`${place.servicePath}/access`)
    await expect(owner.getByRole('main')).toContainText(world.people.DevOps.name)
    const viewer = await as('Viewer')
    await viewer.goto(`${place.servicePath}/access`)
    await expect(viewer.getByRole('main')).toContainText('can change variables and secrets')
    await expect(viewer.getByRole('main')).toContainText('DevOps, everywhere')
  })
})

test('the list of members is taken along as CSV', async ({ as, world }) => {
  const page = await as('Owner')
  const viewer = world.people.Viewer
  await open(page, `${world.path}/settings/members?q=${encodeURIComponent(viewer.email)}`)
  const [download] = await Promise.all([page.waitForEvent('download'), press(page, 'Export CSV')])
  expect(download.suggestedFilename()).toBe('members.csv')
  const lines = (await readFile(await download.path(), 'utf8')).trim().split('\n')
  expect(lines).toHaveLength(2)
  expect(lines[0]).toBe('Name,Email,Role,Last active,Joined,Id')
  expect(lines[1]).toContain(`${viewer.name},${viewer.email},Viewer,`)
})

test('the password is asked for again where it was given long ago', both, async ({ as, world }) => {
  const person = await world.join('Viewer', 'Paul Proof')
  const page = await as(person)
  await page.goto(`${world.path}/settings/members?q=Paul&export`)
  await fill(page, { 'Your password': 'not my password' })
  await press(page, 'Confirm')
  await expect(page.getByText('This is not your password.').first()).toBeVisible()
  await fill(page, { 'Your password': person.password })
  await press(page, 'Confirm')
  await expectSaid(page, 'for ten minutes')
  await expect(page.getByRole('button', { name: 'Export CSV' })).toBeVisible()
  await expect(page).toHaveURL(/\/members\?q=Paul$/)
})

test('an invitation is void while its sender may not invite', async ({ as, world }) => {
  const admin = await world.join('Admin', 'Ada Demoted')
  const guest = stranger('Guest Waiting')
  const hers = await as(admin)
  await hers.goto(`${world.path}/settings/members?invite`)
  await fill(hers, { Email: guest.email })
  await press(hers, 'Send invitation')
  const owner = await as('Owner')
  await owner.goto(`${world.path}/settings/members?q=${encodeURIComponent(admin.email)}`)
  await act(owner, admin.name, 'Change role')
  await choose(owner, 'Role', 'Viewer')
  await press(owner, 'Show what changes')
  await press(owner, 'Change role')
  await expectRow(owner, { Person: admin.name, Role: 'Viewer' })
  await owner.goto(`${world.path}/settings/members?tab=invitations`)
  await expectRow(owner, { Email: guest.email, Status: 'Void' })
  await act(owner, guest.email, 'Resend')
  await press(owner, 'Resend invitation')
  await owner.goto(`${world.path}/settings/members?tab=invitations`)
  await expectRow(owner, { Email: guest.email, Status: 'Pending' })
})

test('a member leaves by themselves', async ({ as, world }) => {
  const person = await world.join('Viewer', 'Lea Leaving')
  const page = await as(person)
  await page.goto(`${world.path}/settings/general`)
  await page.getByRole('link', { name: 'Leave organization' }).click()
  await press(page, 'Leave organization')
  // It was their last organization, so they are signed out too.
  await expectHeading(page, 'Sign in')
})

test('ownership moves, and a deleted organization comes back', async ({ page }) => {
  const site = await Site.start()
  const owner = stranger('Olive Tran')
  await setUp(page, site.setupLink, owner, 'Heirloom')
  await expectHeading(page, 'Heirloom')
  const world = await World.entered(site, 'Heirloom', owner)
  const heir = await world.join('Viewer', 'Hana Heir')
  await open(page, `${site.url}/o/heirloom/settings/general`)
  await page.getByRole('link', { name: 'Transfer ownership' }).click()
  await page.getByRole('link', { name: new RegExp(heir.name) }).click()
  await ready(page)
  await fill(page, { [`Type ${heir.name} to confirm`]: heir.name, 'Your password': 'not this one at all' })
  await ready(page)
  await press(page, 'Transfer ownership')
  await expect(page.getByRole('textbox', { name: 'Your password' })).toHaveAccessibleDescription(/not your password/)
  await fill(page, { 'Your password': owner.password })
  await press(page, 'Transfer ownership')
  await expectSaid(page, 'Ownership transferred.')
  await page.goto(`${site.url}/o/heirloom/settings/members`)
  await expectRow(page, { Person: heir.name, Role: 'Owner' })
  await expectRow(page, { Person: owner.name, Role: 'Admin' })

  await page.context().clearCookies()
  await page.context().addCookies(heir.state.cookies)
  await open(page, `${site.url}/o/heirloom/settings/general?delete`)
  await page.getByRole('checkbox', { name: 'I have what I need of the audit log' }).check()
  await fill(page, { 'Type Heirloom to confirm': 'Heirloom', 'Your password': heir.password })
  await press(page, 'Delete organization')
  await expectHeading(page, 'Create organization')
  expect((await page.request.get(`${site.url}/o/heirloom`)).status()).toBe(404)
  await press(page, 'Restore Heirloom')
  await expectHeading(page, 'Heirloom')
  await site.stop()
})

test('a cluster entry is changed and deleted', both, async ({ as, world, name }) => {
  const [old, fresh] = [name('berlin'), name('munich')]
  await world.cluster(old)
  const page = await as('DevOps')
  await page.goto(`${world.path}/settings/clusters`)
  await act(page, old, 'Edit')
  await fill(page, { Name: fresh })
  await press(page, 'Save')
  await expectRow(page, { Name: fresh, Provider: 'AWS' })
  await act(page, fresh, 'Delete')
  await press(page, 'Delete cluster')
  await expect(row(page, fresh)).toHaveCount(0)
})
