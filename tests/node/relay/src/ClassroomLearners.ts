// The learners of a class, whose list grows on the screen as learners are enrolled and taken out.
import { graphql } from "relay-runtime";

export const classroomLearnersQuery = graphql`
  query ClassroomLearnersQuery($id: ID!, $search: String) {
    classroom(id: $id) {
      ...ClassroomLearners_classroom @arguments(search: $search)
    }
  }
`;

export const classroomLearnersFragment = graphql`
  fragment ClassroomLearners_classroom on Classroom
  @argumentDefinitions(
    first: { type: "Int", defaultValue: 20 }
    after: { type: "Cursor" }
    search: { type: "String" }
  )
  @refetchable(queryName: "ClassroomLearnersPageQuery") {
    name
    joinCode
    learners(first: $first, after: $after, search: $search)
      @connection(key: "ClassroomLearners_learners") {
      __id
      edges {
        node {
          id
          displayName
        }
      }
    }
    leaderboard(window: WEEK, metric: SCORE, first: 3) {
      id
      entries {
        id
        rank
        alias
        score
      }
    }
  }
`;

export const enrollLearnersMutation = graphql`
  mutation ClassroomLearnersMutation($input: EnrollLearnersInput!) {
    enrollLearners(input: $input) {
      results {
        index
        created
        learner {
          id
          displayName
        }
        userErrors {
          code
          path
          message
        }
      }
      userErrors {
        code
        path
        message
      }
    }
  }
`;
