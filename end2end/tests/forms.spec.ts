import type { Page } from '@playwright/test'
import { expect, test } from '../fixtures.ts'
import { submit } from '../support/forms.ts'
import { stranger } from '../support/world.ts'
import { acceptInvitation, act, addVariable, expectNoRow, expectRow, expectSaid, fill, fillVariable, invite, open, pick, press, ready, row, signIn } from '../verbs.ts'

// Every form twice: with the console's script and without any. What differs is told by `scripted`.
const both = { tag: '@no-javascript' }

/** With a script, wait until it listens; without one there is nothing to wait for. */
async function settled(page: Page, scripted: boolean | undefined) {
  if (scripted) await ready(page)
}

test.describe('the sign-in form', () => {
  test('signs in', both, async ({ page, world }) => {
    await signIn(page, world.people.Viewer)
    await expect(page).toHaveURL(new RegExp(`${world.path}$`))
  })

  test('shows that the password is not right, and keeps it out of the address', both, async ({ page, world, javaScriptEnabled }) => {
    await page.goto('/sign-in')
    await settled(page, javaScriptEnabled)
    await fill(page, { Email: world.people.Viewer.email, Password: 'wrong password no 7' })
    await press(page, 'Sign in')
    await expect(page.getByRole('alert')).toContainText('Email or password is not right.')
    expect(page.url()).not.toContain('wrong')
    expect(page.url()).not.toContain(encodeURIComponent(world.people.Viewer.email))
  })

  test('works at the second attempt', both, async ({ page, world, javaScriptEnabled }) => {
    await page.goto('/sign-in')
    await settled(page, javaScriptEnabled)
    await fill(page, { Email: world.people.Viewer.email, Password: 'wrong password no 8' })
    await press(page, 'Sign in')
    await expect(page.getByRole('alert')).toBeVisible()
    await fill(page, { Email: world.people.Viewer.email, Password: world.people.Viewer.password })
    await press(page, 'Sign in')
    await expect(page).toHaveURL(new RegExp(`${world.path}$`))
  })
})

test.describe('the invitation forms', () => {
  test('invite, and let the invited person in', both, async ({ as, page, world, site }) => {
    const guest = stranger('Guest Formal')
    const owner = await as('Owner')
    await owner.goto(world.path)
    await invite(owner, guest.email, 'Viewer')
    await expectRow(owner, { Email: guest.email, Role: 'Viewer', Status: 'Pending' })
    const mail = await site.mail(guest.email)
    await acceptInvitation(page, mail.links[0] ?? '', guest)
    await expect(page).toHaveURL(new RegExp(`${world.path}$`))
  })

  test('say beside the field that an address is none', both, async ({ as, world, javaScriptEnabled }) => {
    const owner = await as('Owner')
    await owner.goto(`${world.path}/settings/members?invite`)
    await settled(owner, javaScriptEnabled)
    // The browser's own check would stop this before it is sent.
    if (!javaScriptEnabled) await fill(owner, { Email: 'somebody@nowhere' })
    else await fill(owner, { Email: 'somebody' })
    await press(owner, 'Send invitation')
    const email = owner.getByLabel('Email')
    await expect(email).toHaveAttribute('aria-invalid', 'true')
    await expect(email).toHaveAccessibleDescription(/name@example\.com/)
    if (javaScriptEnabled) {
      await expect(email).toHaveValue('somebody')
      await expect(email).toBeFocused()
    }
  })

  test('say at the invitation that a password is too easy to guess', both, async ({ page, world, javaScriptEnabled }) => {
    const guest = stranger('Guest Guessable')
    const link = await world.invite(guest.email, 'Viewer')
    await page.goto(link)
    await settled(page, javaScriptEnabled)
    await fill(page, { 'Your name': guest.name, Password: 'password1234567' })
    await press(page, 'Create account and join')
    const password = page.getByLabel('Password', { exact: true })
    await expect(password).toHaveAttribute('aria-invalid', 'true')
    expect(page.url()).not.toContain('password1234567')
    if (javaScriptEnabled) await expect(page.getByLabel('Your name')).toHaveValue(guest.name)
    await fill(page, { 'Your name': guest.name, Password: guest.password })
    await press(page, 'Create account and join')
    await expect(page).toHaveURL(new RegExp(`${world.path}$`))
  })
})

test.describe('the variable form', () => {
  test('adds, changes and deletes a plain variable', both, async ({ as, place }) => {
    const page = await as('DevOps')
    await page.goto(`${place.servicePath}/variables`)
    await addVariable(page, { key: 'GREETING', type: 'Plain', value: 'hello', scope: 'Service' })
    await expectRow(page, { 'Variable/Key': 'GREETING', Value: 'hello', Scope: 'Service' })

    await act(page, 'GREETING', 'Edit')
    await expect(page.getByLabel('Value', { exact: true })).toHaveValue('hello')
    await fill(page, { Value: 'good evening' })
    await press(page, 'Save')
    await expectRow(page, { 'Variable/Key': 'GREETING', Value: 'good evening' })

    await act(page, 'GREETING', 'Delete')
    await press(page, 'Delete variable')
    await expectNoRow(page, 'GREETING')
  })

  test('keeps a secret whose value field is left empty', both, async ({ as, place, world }) => {
    await world.variable(place.servicePath, 'API_TOKEN', 'abc-0123456789-xyz', 'secret', { scope: 'SERVICE' })
    const page = await as('DevOps')
    await page.goto(`${place.servicePath}/variables`)
    await act(page, 'API_TOKEN', 'Edit')
    await expect(page.getByLabel('Value', { exact: true })).toHaveValue('')
    await fill(page, { Description: 'for the partner' })
    await press(page, 'Save')
    await expectSaid(page, 'API_TOKEN')
    await expectRow(page, { 'Variable/Key': 'API_TOKEN', Value: /abc.*xyz/ })
    await expect(row(page, 'API_TOKEN')).toContainText('for the partner')
  })

  test('says everything that is wrong, and keeps what was typed', both, async ({ as, place, javaScriptEnabled }) => {
    const page = await as('DevOps')
    await page.goto(`${place.servicePath}/variables`)
    await page.getByRole('link', { name: 'Add variable' }).first().click()
    await settled(page, javaScriptEnabled)
    await fillVariable(page, { key: 'QOVERY_MINE', type: 'Plain', value: 'typed with care', scope: 'Service' })
    await press(page, 'Save')
    const key = page.getByLabel('Variable/Key', { exact: true })
    await expect(key).toHaveAttribute('aria-invalid', 'true')
    await expect(key).toHaveAccessibleDescription(/reserved/)
    expect(page.url()).not.toContain('care')
    expect(page.url()).not.toContain('MINE')
    if (javaScriptEnabled) {
      await expect(key).toHaveValue('QOVERY_MINE')
      await expect(page.getByLabel('Value', { exact: true })).toHaveValue('typed with care')
      await expect(key).toBeFocused()
    }
    await fillVariable(page, { key: 'MINE', type: 'Plain', value: 'typed with care', scope: 'Service' })
    await press(page, 'Save')
    await expectRow(page, { 'Variable/Key': 'MINE', Value: 'typed with care' })
  })
})

test.describe('what is filled in and not saved', () => {
  test('is asked about when another form of the page is sent', async ({ as, place }) => {
    const page = await as('DevOps')
    await open(page, `${place.servicePath}/variables?new=plain`)
    await fill(page, { Value: 'typed with care' })
    await page.getByRole('button', { name: 'Your account' }).click()
    await stays(page, () => press(page, 'Dark'))
    await expect(page.getByLabel('Value', { exact: true })).toHaveValue('typed with care')
    await expect(page.getByRole('button', { name: 'Dark' })).toBeEnabled()
  })

  test('is asked about in the settings of the organization', async ({ as, world }) => {
    const page = await as('Owner')
    await open(page, `${world.path}/settings/general`)
    await fill(page, { Description: 'typed with care' })
    await stays(page, () => page.getByRole('link', { name: 'Clusters' }).click())
    await expect(page.getByLabel('Description')).toHaveValue('typed with care')
  })

  test('is asked about when it is the first entry of a list', async ({ as, world }) => {
    const page = await as('Owner')
    const guest = stranger('Guest of a list')
    await world.offer(guest.email, 'Viewer')
    await open(page, `${world.path}/settings/members?tab=invitations`)
    await act(page, guest.email, 'Change role')
    await ready(page)
    const role = page.getByRole('combobox', { name: 'Role' })
    const before = await role.inputValue()
    await role.selectOption({ index: 0 })
    await expect(role).not.toHaveValue(before)
    await stays(page, () => page.getByRole('link', { name: 'Cancel' }).click())
    await expect(role).not.toHaveValue(before)
  })

  test('survives the end of the session', async ({ as, place, world }) => {
    const page = await as('DevOps')
    await open(page, `${place.servicePath}/variables?new=plain`)
    await fillVariable(page, { key: 'SURVIVOR', type: 'Plain', value: 'typed with care', scope: 'Service' })
    await page.context().clearCookies()
    await press(page, 'Save')
    const alert = page.getByRole('alert')
    await expect(alert).toHaveText('You are signed out. Sign in in another tab, then save again.')
    await expect(page.getByLabel('Value', { exact: true })).toHaveValue('typed with care')
    const [other] = await Promise.all([page.waitForEvent('popup'), alert.getByRole('link').click()])
    await signIn(other, world.people.DevOps)
    await expect(other).toHaveURL(new RegExp(`${world.path}$`))
    await press(page, 'Save')
    await expectRow(page, { 'Variable/Key': 'SURVIVOR', Value: 'typed with care' })
  })
})

test.describe('an assignment that is pasted as a key', () => {
  test('fills both fields, the value as it is', async ({ as, place }) => {
    const page = await as('DevOps')
    await open(page, `${place.servicePath}/variables?new=plain`)
    const content = `"  ${'x'.repeat(300)} "`
    await paste(page, 'Variable/Key', `export QUOTED=${content}\n`)
    await expect(page.getByLabel('Variable/Key', { exact: true })).toHaveValue('QUOTED')
    await expect(page.getByLabel('Value', { exact: true })).toHaveValue(content)
    await press(page, 'Trim it')
    await expect(page.getByLabel('Value', { exact: true })).toHaveValue(content.slice(1, -1))
  })

  test('is not taken apart when there are several', async ({ as, place }) => {
    const page = await as('DevOps')
    await open(page, `${place.servicePath}/variables?new=plain`)
    await paste(page, 'Variable/Key', 'ONE=1\nTWO=2')
    await expect(page.getByLabel('Variable/Key', { exact: true })).toHaveValue(/ONE.*TWO/)
    await expect(page.getByLabel('Value', { exact: true })).toHaveValue('')
  })
})

test('an override of a file may be as long as a file', async ({ as, place, world }) => {
  await world.variable(place.projectPath, 'CONF', 'short', 'file', { mount_path: '/etc/conf' })
  const page = await as('DevOps')
  await open(page, `${place.servicePath}/variables?new=plain`)
  const value = page.getByLabel('Value', { exact: true })
  await value.fill('x'.repeat(70_000))
  await expect(value).toHaveAccessibleDescription(/too long/)
  await fill(page, { 'Variable/Key': 'CONF' })
  await pick(page, 'Service')
  await expect(value).toHaveAccessibleDescription('70000 characters.')
})

test('an error that came with the page leaves with its correction, and the hint is back', async ({ as, place, world }) => {
  const path = `${place.servicePath}/variables?new=plain`
  const refused = { key: 'QOVERY_MINE', value: 'x', kind: 'plain' }
  const answer = await submit(world.owner, path, '/rpc/variables/add', refused, { accept: 'html' })
  const page = await as('Owner')
  await open(page, answer.headers().location ?? '')
  const key = page.getByLabel('Variable/Key', { exact: true })
  await expect(key).toHaveAccessibleDescription(/reserved/)
  await key.fill('MINE')
  await expect(key).toHaveAccessibleDescription(/Free/)
})

/** Does what would leave the page; the browser asks, and the answer is to stay. */
async function stays(page: Page, leave: () => Promise<void>) {
  const asked = page.waitForEvent('dialog')
  const left = leave()
  const dialog = await asked
  expect(dialog.type()).toBe('beforeunload')
  await dialog.dismiss()
  await left
}

/** Pastes a text into a field, by the clipboard. */
async function paste(page: Page, label: string, text: string) {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.evaluate((text) => navigator.clipboard.writeText(text), text)
  await page.getByLabel(label, { exact: true }).press('Control+V')
}
