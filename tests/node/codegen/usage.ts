// What a client writes by hand over the generated types; it is compiled, strictly, and never run.
import type { ResultOf, VariablesOf } from "@graphql-typed-document-node/core";
import { graphql, useFragment, type FragmentType } from "./generated";
import { MasteryLevel } from "./generated/graphql";

export const MasteryRow = graphql(`
  fragment MasteryRow on Mastery {
    id
    probability
    level
    asOf
    skill {
      name
    }
  }
`);

export const MasteryPage = graphql(`
  query MasteryPage($learnerId: ID!, $first: Int = 20, $after: Cursor) {
    learner(id: $learnerId) {
      id
      mastery(first: $first, after: $after) {
        nodes {
          ...MasteryRow
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`);

export const AnswerItem = graphql(`
  mutation AnswerItem($input: RecordAttemptInput!) {
    recordAttempt(input: $input) {
      attempt {
        id
        correct
        masteryChanges {
          before
          after
        }
      }
      session {
        nextItem {
          id
          kind
          stem
        }
      }
      userErrors {
        code
        reason
        path
        message
      }
    }
  }
`);

export const FollowMastery = graphql(`
  subscription FollowMastery($learnerId: ID!, $after: Cursor) {
    masteryChanged(learnerId: $learnerId, after: $after) {
      __typename
      ... on MasterySnapshot {
        cursor
        mastery {
          ...MasteryRow
        }
      }
      ... on MasteryUpdated {
        cursor
        mastery {
          ...MasteryRow
        }
      }
      ... on StreamHeartbeat {
        cursor
      }
      ... on StreamNotice {
        kind
      }
    }
  }
`);

export const first: VariablesOf<typeof MasteryPage> = { learnerId: "lrn_1", after: null };

export const answer: VariablesOf<typeof AnswerItem> = {
  input: { sessionId: "pss_1", itemId: "itm_1", response: { number: 5 } },
};

// `response` is one of several: two at once are refused by the compiler already.
export const twoAtOnce: VariablesOf<typeof AnswerItem> = {
  // @ts-expect-error
  input: { sessionId: "pss_1", itemId: "itm_1", response: { number: 5, text: "five" } },
};

export function inWords(given: FragmentType<typeof MasteryRow>): string {
  const row = useFragment(MasteryRow, given);
  const chance: number | null | undefined = row.probability;
  const known = row.level === MasteryLevel.Mastered ? "mastered" : "not yet mastered";
  return `${row.skill.name}: ${chance ?? "too little evidence"}, ${known}, as of ${row.asOf.toUpperCase()}`;
}

export function cursorOf(told: ResultOf<typeof FollowMastery>): string | null {
  const event = told.masteryChanged;
  return event.__typename === "StreamNotice" ? null : event.cursor;
}
