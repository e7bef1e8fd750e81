// GraphQL Yoga on Node's own HTTP server: graphql-jit, dataloaders, automatic persisted queries, ETags.
// It believes the header `x-user`, and reads as the owner of the tables: no token, no row-level security.
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { useGraphQlJit } from '@envelop/graphql-jit'
import { useAPQ } from '@graphql-yoga/plugin-apq'
import DataLoader from 'dataloader'
import { createSchema, createYoga } from 'graphql-yoga'
import { classroom, leaderboard, learnersOfClassrooms, masteryOfLearners, viewer } from './database.js'
import { typeDefs } from './graph.js'

const schema = createSchema({
  typeDefs,
  resolvers: {
    Query: {
      viewer: (_, __, context) => viewer(context.request.headers.get('x-user')),
      leaderboard: (_, { scopeId, window, first }) => leaderboard(scopeId, window, first),
      classroom: (_, { id }) => classroom(id)
    },
    Classroom: {
      learners: ({ key }, { first }, context) => context.load(learnersOfClassrooms, first, key)
    },
    Learner: {
      mastery: ({ key }, { first }, context) => context.load(masteryOfLearners, first, key)
    }
  }
})

// A loader for each kind of list and each `first`, for one request.
function loaders () {
  const made = new Map()
  return {
    load (read, first, key) {
      const name = `${read.name}:${first}`
      if (!made.has(name)) made.set(name, new DataLoader((keys) => read(keys, first)))
      return made.get(name).load(key)
    }
  }
}

// Yoga has ETags only with its cache of answers; here an answer is worked out each time, as everywhere else.
const etags = {
  async onResponse ({ request, response, setResponse, fetchAPI }) {
    if (request.method !== 'GET' || response.status !== 200) return
    const body = await response.text()
    const etag = `W/"${createHash('sha1').update(body).digest('base64')}"`
    if (request.headers.get('if-none-match') === etag) {
      setResponse(new fetchAPI.Response(null, { status: 304, headers: { etag } }))
    } else {
      const headers = { etag, 'content-type': response.headers.get('content-type') }
      setResponse(new fetchAPI.Response(body, { status: 200, headers }))
    }
  }
}

const yoga = createYoga({
  schema,
  context: loaders,
  graphiql: false,
  landingPage: false,
  logging: false,
  plugins: [useGraphQlJit(), useAPQ(), etags]
})
const server = createServer(yoga)
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/graphql`))
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(0))
