import { expect, test } from '../fixtures.ts'
import { post, submit } from '../support/forms.ts'
import { Site } from '../support/site.ts'
import { requests, stranger } from '../support/world.ts'
import { acceptInvitation, act, expectHeading, fill, press, ready, signIn, signOut, expectRow } from '../verbs.ts'

const GENERIC = 'Email or password is not right.'

test.describe('signing in', () => {
  test('with the right password opens the organization', async ({ page, world }) => {
    await signIn(page, world.people.Viewer)
    await expect(page).toHaveURL(new RegExp(`${world.path}$`))
  })

  test('with a wrong password says no more than with an unknown address', async ({ page, world }) => {
    const wrong = { ...world.people.Viewer, password: 'not the right password' }
    for (const person of [wrong, stranger('Nobody Known')]) {
      await page.goto('/sign-in')
      await ready(page)
      await fill(page, { Email: person.email, Password: person.password })
      await press(page, 'Sign in')
      await expect(page.getByRole('alert')).toHaveText(GENERIC)
      await expect(page.getByLabel('Email')).toHaveValue(person.email)
      await expect(page.getByLabel('Password', { exact: true })).toHaveValue('')
    }
  })

  test('answers a known and an unknown address with the same words and status', async ({ site, world }) => {
    const request = await requests(site)
    const answers = []
    for (const email of [world.people.Admin.email, stranger('Nobody Known').email]) {
      const answer = await submit(request, '/sign-in', '/rpc/account/sign-in', { email, password: 'not the right password' })
      const { request_id: _, ...said } = (await answer.json()) as Record<string, unknown>
      answers.push([answer.status(), said])
    }
    expect(answers[0]).toEqual(answers[1])
    expect(answers[0]?.[0]).toBe(401)
  })

  test('is slowed down after many wrong passwords, whether the address is known or not', async ({ site, world }) => {
    for (const email of [(await world.join('Viewer', 'Guessed At')).email, stranger('Nobody Known').email]) {
      const request = await requests(site)
      const statuses = []
      for (let attempt = 1; attempt <= 7; attempt += 1) {
        const answer = await post(request, '/rpc/account/sign-in', { email, password: `wrong ${attempt}` })
        statuses.push(answer.status())
      }
      expect(statuses.slice(0, 5)).toEqual([401, 401, 401, 401, 401])
      expect(statuses).toContain(429)
    }
  })

  test('leads back to the page somebody was sent away from', async ({ page, world, place }) => {
    await page.goto(`${place.servicePath}/variables?q=a`)
    await expect(page).toHaveURL(/\/sign-in\?next=/)
    await fill(page, { Email: world.people.Viewer.email, Password: world.people.Viewer.password })
    await press(page, 'Sign in')
    await expect(page).toHaveURL(new RegExp(`${place.servicePath}/variables\\?q=a$`))
  })

  test('never leads to another site', async ({ site, world }) => {
    const { email, password } = world.people.Viewer
    for (const next of ['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)', '/\t/evil.example']) {
      const request = await requests(site)
      const page = `/sign-in?next=${encodeURIComponent(next)}`
      const answer = await submit(request, page, '/rpc/account/sign-in', { email, password, next })
      expect(answer.headers().location, next).toMatch(/^\/(o\/|$)/)
    }
  })

  test('is not offered to somebody who is signed in', async ({ as, world }) => {
    const page = await as('Viewer')
    await page.goto('/sign-in')
    await expect(page).toHaveURL(new RegExp(`${world.path}$`))
  })
})

test.describe('signing out', () => {
  test('ends the session on the server, not only in the browser', async ({ page, world, site }) => {
    await signIn(page, world.people.Viewer)
    await expect(page).toHaveURL(new RegExp(world.path))
    const cookies = await page.context().cookies()
    await signOut(page)
    const request = await requests(site)
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
    const answer = await request.get(world.path, { headers: { cookie }, maxRedirects: 0 })
    expect(answer.headers().location).toMatch(/^\/sign-in/)
  })

  test('hides what the back button would show', async ({ page, world }) => {
    await signIn(page, world.people.Viewer)
    await expect(page).toHaveURL(new RegExp(world.path))
    await signOut(page)
    await page.goBack()
    await expect(page).toHaveURL(/\/sign-in/)
  })
})

test.describe('the session cookie', () => {
  test('is out of reach of scripts and other sites', async ({ page, world }) => {
    await signIn(page, world.people.Viewer)
    await expect(page).toHaveURL(new RegExp(world.path))
    const session = (await page.context().cookies()).find(({ name }) => name.includes('session'))
    expect(session).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' })
    expect(await page.evaluate(() => document.cookie)).not.toContain('session')
  })

  test('is a new one after every sign-in', async ({ page, world }) => {
    const session = async () => (await page.context().cookies()).find(({ name }) => name.includes('session'))?.value
    await signIn(page, world.people.Viewer)
    await expect(page).toHaveURL(new RegExp(world.path))
    const before = await session()
    await signOut(page)
    await signIn(page, world.people.Viewer)
    await expect(page).toHaveURL(new RegExp(world.path))
    expect(await session()).not.toBe(before)
  })
})

test.describe('an invitation', () => {
  test('works once', async ({ page, world, browser, site }) => {
    const guest = stranger('Guest Once')
    const link = await world.invite(guest.email, 'Viewer')
    await acceptInvitation(page, link, guest)
    await expect(page).toHaveURL(new RegExp(`${world.path}$`))
    const other = await browser.newPage({ baseURL: site.url })
    const answer = await other.goto(link)
    expect(answer?.status()).toBe(410)
    await expect(other.getByRole('main')).toContainText('does not work any more')
    await other.close()
  })

  test('that nobody sent is answered like a used one', async ({ page }) => {
    for (const token of ['A'.repeat(43), 'nonsense']) {
      const answer = await page.goto(`/invite/${token}`)
      expect(answer?.status()).toBe(410)
      await expect(page.getByRole('main')).toContainText('does not work any more')
    }
  })

  test('does not work any more once it is revoked', async ({ page, world, as }) => {
    const guest = stranger('Guest Revoked')
    const link = await world.invite(guest.email, 'Viewer')
    const owner = await as('Owner')
    await owner.goto(`${world.path}/settings/members?tab=invitations`)
    await act(owner, guest.email, 'Revoke')
    await press(owner, 'Revoke invitation')
    await expectRow(owner, { Email: guest.email, Status: 'Revoked' })
    const answer = await page.goto(link)
    expect(answer?.status()).toBe(410)
  })

  test('is replaced when it is sent again', async ({ page, world, as, site }) => {
    const guest = stranger('Guest Again')
    const first = await world.invite(guest.email, 'Viewer')
    const owner = await as('Owner')
    await owner.goto(`${world.path}/settings/members?tab=invitations`)
    await act(owner, guest.email, 'Resend')
    await press(owner, 'Resend invitation')
    await expect(owner.getByRole('status').filter({ hasText: 'New link sent' })).toBeVisible()
    expect((await page.goto(first))?.status()).toBe(410)
    await expect.poll(async () => (await site.mail(guest.email)).links[0]).not.toBe(first)
    await acceptInvitation(page, (await site.mail(guest.email)).links[0] ?? '', guest)
    await expect(page).toHaveURL(new RegExp(`${world.path}$`))
  })

  test('stops working when the inviter leaves the organization', async ({ page, world, site }) => {
    const inviter = await world.join('Admin', 'Leaving Inviter')
    const guest = stranger('Guest Orphaned')
    const invite = { emails: guest.email, role: 'viewer' }
    await submit(inviter.request, `${world.path}/settings/members?invite`, '/rpc/members/invite', invite)
    const link = (await site.mail(guest.email)).links[0] ?? ''
    await world.giveRole(inviter, 'Viewer')
    expect((await page.goto(link))?.status()).toBe(410)
  })

  test('is for its own address: somebody else who is signed in is told so', async ({ as, world }) => {
    const guest = stranger('Guest Meant')
    const link = await world.invite(guest.email, 'Viewer')
    const page = await as('Billing Manager')
    await page.goto(link)
    await expect(page.getByRole('main')).toContainText(world.people['Billing Manager'].email)
    await expect(page.getByRole('main')).toContainText('Sign out')
  })

  // Without a mail server nothing proves that the link was read by the owner of its address. With one: mail.spec.ts.
  test('to a second organization waits until the address is confirmed', async ({ page, world, name }) => {
    const guest = await world.join('Viewer', 'Guest Twice')
    const other = await world.beside(name('Umbra'))
    await page.goto(await other.invite(guest.email, 'DevOps'))
    await ready(page)
    await fill(page, { Password: guest.password })
    await press(page, 'Accept invitation')
    await expect(page.getByRole('alert')).toContainText('not confirmed')
    expect((await guest.request.get(other.path)).status()).toBe(404)
  })
})

test.describe('set-up', () => {
  test('is closed once an owner exists, with the right token as with a wrong one', async ({ page, world, site }) => {
    for (const link of [site.setupLink, `/setup?token=${'A'.repeat(43)}`, '/setup']) {
      await page.goto(link)
      await expect(page, link).toHaveURL(/\/sign-in$/)
    }
    const request = await requests(site)
    const again = { token: site.setupToken, ...stranger('Second Founder'), organization: 'Second' }
    const answer = await post(request, '/rpc/account/setup', again)
    expect(answer.status()).toBe(410)
    expect((await world.owner.get('/o/second')).status()).toBe(404)
  })

  test('without a link says where the link is printed', async ({ browser }) => {
    const fresh = await Site.start()
    const page = await browser.newPage({ baseURL: fresh.url })
    await page.goto('/')
    await expect(page).toHaveURL(/\/setup$/)
    await expect(page.getByRole('main')).toContainText('set-up link')
    const wrong = await page.goto(`/setup?token=${'A'.repeat(43)}`)
    expect(wrong?.status()).toBe(410)
    await expect(page.getByLabel('Password', { exact: true })).toHaveCount(0)
    await page.close()
    await fresh.stop()
  })
})

test('the start page leads to the place one belongs to', async ({ as, page, world }) => {
  await page.goto('/')
  await expect(page).toHaveURL(/\/sign-in$/)
  const member = await as('DevOps')
  await member.goto('/')
  await expect(member).toHaveURL(new RegExp(`${world.path}$`))
  await expectHeading(member, /./)
})
