// A learner's mastery as a Relay page shows it: a fragment with pages that can be asked for anew.
import { graphql } from "relay-runtime";

export const learnerMasteryQuery = graphql`
  query LearnerMasteryQuery($id: ID!) {
    node(id: $id) {
      __typename
      id
      ...LearnerMastery_learner @alias
    }
  }
`;

export const learnerMasteryFragment = graphql`
  fragment LearnerMastery_learner on Learner
  @argumentDefinitions(
    first: { type: "Int", defaultValue: 10 }
    after: { type: "Cursor" }
    skillIds: { type: "[ID!]" }
  )
  @refetchable(queryName: "LearnerMasteryPageQuery") {
    displayName
    mastery(first: $first, after: $after, skillIds: $skillIds)
      @connection(key: "LearnerMastery_mastery", filters: ["skillIds"]) {
      totalCount
      edges {
        cursor
        node {
          id
          ...LearnerMastery_row
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

export const learnerMasteryRow = graphql`
  fragment LearnerMastery_row on Mastery {
    probability
    standardError
    level
    evidenceCount
    skill {
      id
      name
      prerequisites {
        id
        name
      }
    }
    explanation {
      summary
      factors {
        kind
        label
        contribution
      }
    }
  }
`;

export const learnerMasterySubscription = graphql`
  subscription LearnerMasterySubscription($id: ID!, $after: Cursor) {
    masteryChanged(learnerId: $id, after: $after) {
      __typename
      ... on StreamEvent {
        cursor
        serverTime
      }
      ... on MasterySnapshot {
        resumed
        mastery {
          id
          ...LearnerMastery_row
        }
      }
      ... on MasteryUpdated {
        attempt {
          id
          correct
        }
        mastery {
          id
          ...LearnerMastery_row
        }
      }
      ... on StreamNotice {
        kind
        retryAfterMs
      }
    }
  }
`;
