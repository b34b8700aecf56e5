import { expect, test } from '../fixtures.ts'
import { expectNoRow, expectRow, expectSaid, open, press, row, variableKeys } from '../verbs.ts'

// With the console's script and without any.
const both = { tag: '@no-javascript' }

test.describe('a file of variables', () => {
  test('is reviewed line by line and saved as far as it is ticked', both, async ({ as, place, world }) => {
    await world.variable(place.servicePath, 'PORT', '8080')
    const page = await as('DevOps')
    await page.goto(`${place.servicePath}/variables?import`)
    const file = ['# Where we listen', 'PORT=9090', 'REGION=eu-west-3', 'REGION=eu-west-1', 'API_TOKEN=ghp_0123456789abcdefghij', 'LEFT_OUT=1', '1X=2'].join('\n')
    await page.getByLabel('Variables', { exact: true }).fill(file)
    await press(page, 'Review')
    await expect(row(page, '1X')).toContainText('A key cannot start with a digit.')
    await expect(page.getByRole('row').filter({ hasText: 'Also on line 3' })).toHaveCount(1)
    await expect(page.getByRole('checkbox', { name: 'Make API_TOKEN a secret' })).toBeChecked()
    expect(await page.content()).not.toContain('ghp_0123456789')
    await page.getByRole('checkbox', { name: 'Save LEFT_OUT of line 6' }).uncheck()
    await press(page, 'Save changes')
    await expectSaid(page, /2 added, 1 changed/)
    await expectRow(page, { 'Variable/Key': 'PORT', Value: '9090' })
    await expectRow(page, { 'Variable/Key': 'REGION', Value: 'eu-west-3' })
    await expect(row(page, 'API_TOKEN')).toContainText('ghp')
    await expectNoRow(page, 'LEFT_OUT')
  })

  test('that cannot be read says where, and stays in its field', async ({ as, place }) => {
    const page = await as('DevOps')
    await open(page, `${place.servicePath}/variables?import`)
    await page.getByLabel('Variables', { exact: true }).fill('{"PORT": ')
    await press(page, 'Review')
    await expect(page.getByText(/Look at line 1, column/).first()).toBeVisible()
    await expect(page.getByLabel('Variables', { exact: true })).toHaveValue('{"PORT": ')
  })

  test('is chosen from the disk', async ({ as, place }) => {
    const page = await as('DevOps')
    await open(page, `${place.servicePath}/variables?import`)
    await page.getByLabel('File', { exact: true }).setInputFiles({ name: '.env', mimeType: 'text/plain', buffer: Buffer.from('FROM_DISK=1\n') })
    await expect(page.getByLabel('Variables', { exact: true })).toHaveValue('FROM_DISK=1\n')
    await press(page, 'Review')
    await press(page, 'Save changes')
    await expectRow(page, { 'Variable/Key': 'FROM_DISK', Value: '1' })
  })

  test('that is not UTF-8 is not read', async ({ as, place }) => {
    const page = await as('DevOps')
    await open(page, `${place.servicePath}/variables?import`)
    const text = page.getByLabel('Variables', { exact: true })
    await page.getByLabel('File', { exact: true }).setInputFiles({ name: '.env', mimeType: 'text/plain', buffer: Buffer.from([0x41, 0x3d, 0xff]) })
    await expect(page.getByText('This file is not UTF-8').first()).toBeVisible()
    await expect(text).toHaveValue('')
    await page.getByLabel('File', { exact: true }).setInputFiles({ name: '.env', mimeType: 'text/plain', buffer: Buffer.from('A=é\n') })
    await expect(text).toHaveValue('A=é\n')
  })

  test('is taken along without the secrets', both, async ({ as, place, world, javaScriptEnabled }) => {
    await world.variable(place.servicePath, 'PORT', '8080')
    await world.variable(place.servicePath, 'PASSWORD', 'never to be seen again', 'secret')
    const page = await as('Viewer')
    await page.goto(`${place.servicePath}/variables?export`)
    if (javaScriptEnabled) await open(page, `${place.servicePath}/variables?export`)
    const download = page.waitForEvent('download')
    await press(page, 'Download')
    const file = await (await download).createReadStream()
    const text = (await file.toArray()).join('')
    expect(text).toContain('PORT=8080')
    expect(text).toContain('# PASSWORD=')
    expect(text).not.toContain('never to be seen')
  })
})

test.describe('a scope as text', () => {
  test('is edited as a whole, after a look at what that changes', both, async ({ as, place, world }) => {
    await world.variable(place.servicePath, 'PORT', '8080')
    await world.variable(place.servicePath, 'GONE', '1')
    await world.variable(place.servicePath, 'PASSWORD', 'never to be seen again', 'secret')
    const page = await as('DevOps')
    await page.goto(`${place.servicePath}/variables?text`)
    const text = page.getByLabel('Variables as text')
    await expect(text).toHaveValue('GONE=1\nPASSWORD=<unchanged>\nPORT=8080\n')
    await text.fill('ADDED=2\nPASSWORD=<unchanged>\nPORT=9090\n')
    await press(page, 'Review changes')
    await expectRow(page, { 'Variable/Key': 'GONE', Change: 'Removed' })
    await expectRow(page, { 'Variable/Key': 'PASSWORD', Change: 'Same' })
    await press(page, 'Save changes')
    await expectSaid(page, /1 added, 1 changed, 1 deleted/)
    const { keys } = await variableKeys(page.request, place.servicePath)
    expect(keys).toEqual(['ADDED', 'PASSWORD', 'PORT'])
  })

  test('that somebody else changed meanwhile is not overwritten', async ({ as, place, world }) => {
    await world.variable(place.servicePath, 'PORT', '8080')
    const page = await as('DevOps')
    await open(page, `${place.servicePath}/variables?text`)
    await world.variable(place.servicePath, 'NEWER', '1')
    await page.getByLabel('Variables as text').fill('PORT=1\n')
    await press(page, 'Review changes')
    await expect(page.getByText(/changed variables here since you opened the text/).first()).toBeVisible()
    await expect(page.getByLabel('Variables as text')).toHaveValue('PORT=1\n')
  })

  test('is not for those who may only read', async ({ as, place, world }) => {
    await world.variable(place.servicePath, 'PORT', '8080')
    const page = await as('Viewer')
    await open(page, `${place.servicePath}/variables`)
    await expect(page.getByRole('checkbox')).toHaveCount(0)
    const answer = await page.goto(`${place.servicePath}/variables?text`)
    expect(answer?.status()).toBe(403)
  })
})

test.describe('several variables', () => {
  test('become secrets together', both, async ({ as, place, world }) => {
    for (const key of ['ONE', 'TWO', 'THREE']) await world.variable(place.servicePath, key, `the value of ${key}`)
    const page = await as('DevOps')
    await page.goto(`${place.servicePath}/variables`)
    await page.getByRole('checkbox', { name: 'Select ONE' }).check()
    await page.getByRole('checkbox', { name: 'Select TWO' }).check()
    await press(page, 'Make selected secret')
    await expectRow(page, { 'Variable/Key': 'ONE', Change: 'Made secret' })
    await press(page, 'Save changes')
    await expectSaid(page, /2 changed/)
    const content = await page.content()
    expect(content).not.toContain('the value of ONE')
    expect(content).toContain('the value of THREE')
  })

  test('are deleted together, unless another one needs them', both, async ({ as, place, world }) => {
    await world.variable(place.servicePath, 'HOST', 'shop.example')
    await world.variable(place.servicePath, 'URL', 'https://{{HOST}}')
    await world.variable(place.servicePath, 'OTHER', '1')
    const page = await as('DevOps')
    await page.goto(`${place.servicePath}/variables`)
    for (const key of ['HOST', 'OTHER']) await page.getByRole('checkbox', { name: `Select ${key}`, exact: true }).check()
    await press(page, 'Delete selected')
    await expect(row(page, 'HOST')).toContainText('URL mentions it.')
    await press(page, 'Save changes')
    await expectNoRow(page, 'OTHER')
    await expectRow(page, { 'Variable/Key': 'HOST', Value: 'shop.example' })
  })
})
