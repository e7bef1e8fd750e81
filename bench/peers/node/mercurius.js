// Mercurius on Fastify: graphql-jit from the first request, its own loaders, automatic persisted queries, ETags.
// It believes the header `x-user`, and reads as the owner of the tables: no token, no row-level security.
import etag from '@fastify/etag'
import Fastify from 'fastify'
import mercurius from 'mercurius'
import { classroom, leaderboard, learnersOfClassrooms, masteryOfLearners, viewer } from './database.js'
import { typeDefs } from './graph.js'

const resolvers = {
  Query: {
    viewer: (_, __, context) => viewer(context.userId),
    leaderboard: (_, { scopeId, window, first }) => leaderboard(scopeId, window, first),
    classroom: (_, { id }) => classroom(id)
  }
}
const loaders = {
  Classroom: { learners: batched(learnersOfClassrooms) },
  Learner: { mastery: batched(masteryOfLearners) }
}

// What is asked for with one `first` is read with one statement.
function batched (read) {
  return {
    async loader (queries) {
      const first = queries[0].params.first
      if (queries.every((each) => each.params.first === first)) {
        return read(queries.map((each) => each.obj.key), first)
      }
      return Promise.all(queries.map(async (each) => (await read([each.obj.key], each.params.first))[0]))
    },
    opts: { cache: false }
  }
}

const app = Fastify({ logger: false })
app.register(etag, { weak: true })
app.register(mercurius, {
  schema: typeDefs,
  resolvers,
  loaders,
  jit: 1,
  graphiql: false,
  context: (request) => ({ userId: request.headers['x-user'] }),
  persistedQueryProvider: mercurius.persistedQueryDefaults.automatic()
})
console.log(`${await app.listen({ port: 0, host: '127.0.0.1' })}/graphql`)
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(0))
