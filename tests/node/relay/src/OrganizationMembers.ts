// The members of the organization: every row of a page is a node of its own.
import { graphql } from "relay-runtime";

export const organizationMembersQuery = graphql`
  query OrganizationMembersQuery($search: String) {
    viewer {
      organization {
        ...OrganizationMembers_organization @arguments(search: $search)
      }
    }
    subjects(first: 20) @connection(key: "OrganizationMembers_subjects") {
      edges {
        node {
          id
          name
        }
      }
    }
  }
`;

export const organizationMembersFragment = graphql`
  fragment OrganizationMembers_organization on Organization
  @argumentDefinitions(
    first: { type: "Int", defaultValue: 20 }
    after: { type: "Cursor" }
    search: { type: "String" }
  )
  @refetchable(queryName: "OrganizationMembersPageQuery") {
    members(first: $first, after: $after, search: $search)
      @connection(key: "OrganizationMembers_members") {
      edges {
        node {
          id
          ...OrganizationMembers_member
        }
      }
    }
  }
`;

export const organizationMember = graphql`
  fragment OrganizationMembers_member on Member @refetchable(queryName: "OrganizationMembersOneQuery") {
    roles
    joinedAt
    user {
      id
      displayName
    }
  }
`;
