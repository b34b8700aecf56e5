import { request, type APIRequestContext } from '@playwright/test'
import { post, save, submit, type Fields } from './forms.ts'
import type { Site } from './site.ts'

/** The built-in roles, strongest first. */
export const ROLES = ['Owner', 'Admin', 'DevOps', 'Billing Manager', 'Viewer'] as const
export type Role = (typeof ROLES)[number]

/** How forms name the roles that can be given. */
const ROLE_CODE: Record<Role, string> = { Owner: 'owner', Admin: 'admin', DevOps: 'devops', 'Billing Manager': 'billing', Viewer: 'viewer' }

/** Somebody with an account. */
export interface Person {
  name: string
  email: string
  password: string
}

/** Somebody who is signed in: their requests, and the cookies for a browser. */
export interface Session extends Person {
  request: APIRequestContext
  state: Awaited<ReturnType<APIRequestContext['storageState']>>
  /** When the password was given last. */
  provenAt: number
}

/** A project with one environment and one application, and where they are. */
export interface Place {
  project: string
  environment: string
  service: string
  projectPath: string
  environmentPath: string
  servicePath: string
}

let people = 0

/** Somebody nobody knows yet. */
export function stranger(name: string): Person {
  people += 1
  const handle = name.toLowerCase().replace(/\W+/g, '.')
  return { name, email: `${handle}.${process.pid}.${people}@example.com`, password: `violet harbour lantern ${process.pid} ${people}` }
}

/** One organization of a site with a member of every role. Its objects are made by plain form posts, which is quick. */
export class World {
  private constructor(
    readonly site: Site,
    readonly organization: string,
    /** Its address, `/o/…`. */
    readonly path: string,
    readonly people: Record<Role, Session>,
  ) {}

  /** Sets up a fresh site; the founder owns the organization and is alone in it. */
  static async founded(site: Site, organization: string): Promise<World> {
    const person = stranger('Olive Tran')
    const request = await requests(site)
    const next = await save(request, site.setupLink, '/rpc/account/setup', { ...fieldsOf(person), organization })
    return new World(site, organization, next, { Owner: await session(request, person) } as Record<Role, Session>)
  }

  /** An organization that was set up by hand; its owner signs in. */
  static async entered(site: Site, organization: string, owner: Person): Promise<World> {
    const request = await requests(site)
    await save(request, '/sign-in', '/rpc/account/sign-in', { email: owner.email, password: owner.password })
    const path = `/o/${organization.toLowerCase()}`
    return new World(site, organization, path, { Owner: await session(request, owner) } as Record<Role, Session>)
  }

  /** Sets up a fresh site with a member of every role. */
  static async setUp(site: Site, organization: string): Promise<World> {
    const world = await World.founded(site, organization)
    for (const role of ROLES) {
      if (role !== 'Owner') world.people[role] = await world.join(role, `${role} Member`)
    }
    return world
  }

  /** Another organization of the same site; only its owner belongs to both. */
  async beside(organization: string): Promise<World> {
    const next = await save(this.owner, '/organizations/new', '/rpc/organization/create', { organization })
    return new World(this.site, organization, next, { Owner: this.people.Owner } as Record<Role, Session>)
  }

  /** The owner's requests: what tests prepare, they prepare with these. */
  get owner(): APIRequestContext {
    return this.people.Owner.request
  }

  /** Invites somebody. */
  async offer(email: string, role: Role): Promise<void> {
    await save(this.owner, `${this.path}/settings/members?invite`, '/rpc/members/invite', { emails: email, role: ROLE_CODE[role] })
  }

  /** Invites somebody; the link comes from the mail. */
  async invite(email: string, role: Role): Promise<string> {
    await this.offer(email, role)
    const mail = await this.site.mail(email, new RegExp(`invites you to ${this.organization} `))
    return mail.links[0] ?? ''
  }

  /** Somebody new with this role, signed in. */
  async join(role: Role, name: string): Promise<Session> {
    const person = stranger(name)
    const link = await this.invite(person.email, role)
    const request = await requests(this.site)
    await save(request, link, '/rpc/account/accept-invitation', fieldsOf(person))
    return session(request, person)
  }

  /** Changes what somebody may do. */
  async giveRole(person: Person, role: Role): Promise<void> {
    const id = await this.personId(person)
    const code = ROLE_CODE[role]
    await save(this.owner, `${this.path}/settings/members?role=${id}&to=${code}`, '/rpc/members/change-role', { role: code })
  }

  /** The id of a member, from the link that changes their role. */
  async personId(person: Person): Promise<string> {
    const page = await this.owner.get(`${this.path}/settings/members?q=${encodeURIComponent(person.email)}`)
    return /[?;&]role=([0-9a-f-]{36})/.exec(await page.text())?.[1] ?? ''
  }

  /** A cluster entry. */
  async cluster(name: string): Promise<void> {
    const fields = { name, provider: 'AWS', region: 'eu-west-3' }
    await save(this.owner, `${this.path}/settings/clusters?new`, '/rpc/cluster/create', fields)
  }

  /** A custom role; `start` is a built-in role or another custom one. Returns the address of its page. */
  async role(name: string, start = ''): Promise<string> {
    await prove(this.people.Owner)
    return save(this.owner, `${this.path}/settings/roles?new`, '/rpc/roles/create', { name, start_from: start })
  }

  /** Saves an edit of a custom role: what its form sends beyond what it shows. */
  async editRole(page: string, levels: Fields, request = this.owner): Promise<void> {
    const review = await save(request, page, '/rpc/roles/draft', levels)
    await save(request, review, '/rpc/roles/save', {})
  }

  /** Gives somebody the custom role of this page. */
  async giveCustomRole(person: Person, page: string): Promise<void> {
    const [id, role] = [await this.personId(person), page.split('/').pop() ?? '']
    await save(this.owner, `${this.path}/settings/members?role=${id}&to=${role}`, '/rpc/members/change-role', { role })
  }

  /** A project with an environment and an application in it. */
  async place(project: string, environment = 'production', service = 'api', type = 'PRODUCTION'): Promise<Place> {
    const projectPath = await this.create(`${this.path}?new=project`, 'project', { name: project })
    const environmentPath = await this.create(`${projectPath}/overview?new=environment`, 'environment', { name: environment, kind: type })
    const servicePath = await this.create(`${environmentPath}/overview?new=service`, 'service', { name: service, kind: 'APPLICATION' })
    return { project, environment, service, projectPath, environmentPath, servicePath }
  }

  private async create(page: string, what: string, fields: Fields): Promise<string> {
    const next = await save(this.owner, page, `/rpc/${what}/create`, fields)
    return next.replace(/\/overview$/, '')
  }

  /** A variable at the level of `path`. */
  async variable(path: string, key: string, value: string, kind: 'plain' | 'secret' | 'file' = 'plain', more: Fields = {}): Promise<void> {
    await save(this.owner, `${path}/variables?new=${kind}`, '/rpc/variables/add', { key, value, kind, ...more })
  }
}

const fieldsOf = ({ name, email, password }: Person): Fields => ({ name, email, password })

/** Requests of a browser that is not signed in yet. */
export function requests(site: Site): Promise<APIRequestContext> {
  return request.newContext({ baseURL: site.url, extraHTTPHeaders: { 'x-forwarded-for': site.nextAddress() } })
}

async function session(request: APIRequestContext, person: Person): Promise<Session> {
  return { ...person, request, state: await request.storageState(), provenAt: Date.now() }
}

/** Gives the password again where that was minutes ago: what takes a fresh proof then asks for none. */
export async function prove(session: Session): Promise<void> {
  if (Date.now() - session.provenAt < 5 * 60_000) return
  const answer = await post(session.request, '/rpc/account/step-up', { password: session.password })
  if (answer.status() >= 400) throw new Error(`the password was not taken: ${answer.status()}`)
  session.provenAt = Date.now()
}

/** Signs in without a browser. */
export async function signedIn(site: Site, person: Person): Promise<Session> {
  const request = await requests(site)
  await save(request, '/sign-in', '/rpc/account/sign-in', { email: person.email, password: person.password })
  return session(request, person)
}

export { post, save, submit }
