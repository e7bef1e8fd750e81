// The part of the graph that the peers are asked for; names and ids are those of MasteryGraph.
export const typeDefs = `
  type Query {
    viewer: Viewer!
    leaderboard(scopeId: ID!, window: LeaderboardWindow!, first: Int = 50): Leaderboard!
    classroom(id: ID!): Classroom
  }
  enum LeaderboardWindow { DAY WEEK MONTH TERM ALL_TIME }
  enum MasteryLevel { NOT_ENOUGH_DATA LEARNING NEARLY MASTERED FADING }
  type Viewer { roles: [String!]! user: User! organization: Organization! learner: Learner }
  type User { id: ID! displayName: String! email: String }
  type Organization { id: ID! name: String! timeZone: String! }
  type Learner { id: ID! displayName: String! alias: String! mastery(first: Int = 50): MasteryConnection! }
  type MasteryConnection { nodes: [Mastery!]! }
  type Mastery { id: ID! probability: Float level: MasteryLevel! evidenceCount: Int! skill: Skill! }
  type Skill { id: ID! name: String! }
  type Classroom { name: String! learners(first: Int = 50): LearnerConnection! }
  type LearnerConnection { nodes: [Learner!]! }
  type Leaderboard { entries: [LeaderboardEntry!]! }
  type LeaderboardEntry { rank: Int! alias: String! score: Float! }
`
