"""Validation by graphql-core's rules, which leaves nothing behind.

graphql-core's own `validate` ends with visitors, their methods and the context in a circle that holds the
whole document until a collection of garbage. Here the circle is broken as soon as the errors are known.
Fragments within fragments are no deeper than the limits let them be.
"""

from collections.abc import Sequence

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    ParallelVisitor,
    TypeInfo,
    TypeInfoVisitor,
    ValidationContext,
    Visitor,
    visit,
)
from graphql.pyutils import RefMap
from graphql.validation.validate import ValidationAbortedError, query_document_keys_to_validate

TOO_MANY = "Too many validation errors, error limit reached. Validation aborted."


def broken_rules(
    schema: GraphQLSchema,
    node: DocumentNode,
    rules: Sequence[type[ASTValidationRule]],
    most: int,
    *,
    hide_suggestions: bool,
) -> list[GraphQLError]:
    """What is wrong with a document by these rules; no more errors than `most`, and one that says so."""
    errors: list[GraphQLError] = []

    def found(error: GraphQLError) -> None:
        if len(errors) >= most:
            raise ValidationAbortedError(TOO_MANY)
        errors.append(error)

    types = TypeInfo(schema)
    context = ValidationContext(schema, node, types, found, hide_suggestions)
    # By identity: to hash a node takes as long as it has nodes below it, each time.
    context._fragment_spreads = RefMap()  # type: ignore[assignment]
    context._variable_usages = RefMap()  # type: ignore[assignment]
    context._recursive_variable_usages = RefMap()  # type: ignore[assignment]
    visitors: list[Visitor] = [rule(context) for rule in rules]
    together = ParallelVisitor(visitors)
    typed = TypeInfoVisitor(types, together)
    try:
        visit(node, typed, query_document_keys_to_validate)
    except ValidationAbortedError as error:  # a new one, without the frames that this one holds
        errors.append(ValidationAbortedError(error.message))
    except RecursionError:
        errors.append(ValidationAbortedError("Validation aborted."))
    finally:
        for each in (*visitors, together, typed, context):
            vars(each).clear()
    return errors
