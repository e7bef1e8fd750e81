// PostGraphile 5 over the views of the schema `peer`: Grafast plans, Grafserv on Node's own HTTP server.
// It believes the header `x-user`, and reads as the owner of the tables: no token, no row-level security.
import { createServer } from 'node:http'
import { PersistedPlugin } from '@grafserv/persisted'
import { postgraphile } from 'postgraphile'
import { makePgService } from 'postgraphile/adaptors/pg'
import { context } from 'postgraphile/grafast'
import { grafserv } from 'postgraphile/grafserv/node'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { extendSchema, gql } from 'postgraphile/utils'

const organization = process.env.ORGANIZATION_ID

const Questions = extendSchema((build) => {
  const { viewer, classroom } = build.pgResources
  return {
    typeDefs: gql`
      extend type Query {
        viewer: Viewer
        classroom(id: UUID!): Classroom
      }
    `,
    objects: {
      Query: {
        plans: {
          viewer: () => viewer.get({ organization_id: build.grafast.constant(organization), user_id: context().get('userId') }),
          classroom: (_, { $id }) => classroom.get({ organization_id: build.grafast.constant(organization), id: $id })
        }
      }
    }
  }
})

const preset = {
  extends: [PostGraphileAmberPreset],
  plugins: [PersistedPlugin, Questions],
  disablePlugins: ['NodePlugin'],
  pgServices: [makePgService({
    connectionString: process.env.DATABASE_URL, schemas: ['peer'], poolConfig: { max: 10 }
  })],
  schema: { defaultBehavior: '-mutation -query:resource:single -query:resource:list -query:resource:connection' },
  grafast: { context: (ctx) => ({ userId: ctx.node?.req?.headers['x-user'] }) },
  grafserv: {
    graphqlPath: '/graphql',
    graphiql: false,
    graphqlOverGET: true,
    watch: false,
    persistedOperations: JSON.parse(process.env.PERSISTED ?? '{}'),
    allowUnpersistedOperation: true
  }
}

const pgl = postgraphile(preset)
if (process.argv.includes('--schema')) {
  const { printSchema } = await import('postgraphile/graphql')
  console.log(printSchema((await pgl.getSchema())))
  process.exit(0)
}
const server = createServer()
await pgl.createServ(grafserv).addTo(server)
await pgl.getSchema()
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/graphql`))
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(0))
