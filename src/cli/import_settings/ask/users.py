# The user model, and what its manager asks of a row.

def column_of(model, name):
    from django.core.exceptions import FieldDoesNotExist
    try:
        return model._meta.get_field(name).column or ""
    except FieldDoesNotExist:
        return ""


def column_is_elsewhere(model, name):
    """Whether the column is in the table of a model that this one inherits from."""
    names = {field.name: field for field in model._meta.fields}
    return name in names and names[name].model._meta.concrete_model is not model._meta.concrete_model


def table_of(model):
    return table_name(model._meta.db_table)


def table_name(name):
    """`schema.table` of what people write so that Django's quotes end up around both; any other name with a dot is
    no schema with a table, and stays in its quotes.
    """
    parts = re.match(r"([\"`]?)([^\"`.]+)[\"`]\.[\"`]([^\"`.]+)\1\Z", name)
    return "%s.%s" % parts.groups()[1:] if parts else '"%s"' % name if "." in name else name


def many_to_many(model, name):
    from django.core.exceptions import FieldDoesNotExist
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    if not field.many_to_many:
        return None
    return {"table": table_name(field.m2m_db_table()), "user_column": field.m2m_column_name(), "other_column": field.m2m_reverse_name(),
            "other_table": table_of(field.related_model), "other_model": field.related_model._meta.label}


class Refused(BaseException):
    """Raised where the project's code would ask the database: no `except Exception` may swallow it."""


def no_database():
    """A context in which no connection opens a cursor."""
    from contextlib import contextmanager
    from unittest import mock
    from django.db.backends.base.base import BaseDatabaseWrapper

    def refuse(*args, **kwargs):
        raise Refused()

    @contextmanager
    def closed():
        with mock.patch.object(BaseDatabaseWrapper, "cursor", refuse), mock.patch.object(BaseDatabaseWrapper, "chunked_cursor", refuse):
            yield
    return closed()


def filters_of(queryset):
    """The filter of a query as {column: value}; None where it is more than that."""
    found = {}

    def column(node):
        lhs = node.lhs
        if type(lhs).__name__ != "Col" or lhs.alias not in (None, queryset.model._meta.db_table):
            raise ValueError
        return lhs.target

    def value(field, raw):
        if isinstance(raw, (bool, str)) or (isinstance(raw, int) and not isinstance(raw, bool)):
            return bool(raw) if field.get_internal_type() in ("BooleanField", "NullBooleanField") else raw
        raise ValueError

    def walk(node, negated):
        if hasattr(node, "children"):
            negated = negated != bool(node.negated)
            if node.connector != "AND" or (negated and len(node.children) != 1):
                raise ValueError
            for child in node.children:
                walk(child, negated)
            return
        field = column(node)
        lookup = node.lookup_name
        if lookup == "isnull" and isinstance(node.rhs, bool):
            pair = (field.column + "__isnull", node.rhs != negated)
        elif lookup == "exact" and not negated:
            pair = (field.column, value(field, node.rhs))
        elif lookup == "exact" and field.get_internal_type() == "BooleanField" and not field.null:
            pair = (field.column, not value(field, node.rhs))
        elif lookup == "in" and not negated and isinstance(node.rhs, (list, tuple, set)) and node.rhs:
            pair = (field.column + "__in", [value(field, item) for item in node.rhs])
        else:
            raise ValueError
        if pair[0] in found:
            raise ValueError
        found[pair[0]] = pair[1]

    query = queryset.query
    try:
        walk(query.where, False)
    except (ValueError, AttributeError):
        return None
    unusual = query.distinct or query.is_sliced or query.combinator or query.group_by is not None
    if unusual or len([count for count in query.alias_refcount.values() if count]) > 1:
        return None
    return found


def how_names_match(model, manager):
    """What get_by_natural_key asks for: exact, iexact, or None where it is something else."""
    from unittest import mock
    from django.db.models.query import QuerySet
    field, answers = model.USERNAME_FIELD, []
    for name in ("MixED@Example.COM", "\u00c9a B", "  padded\t", "plain"):
        for there in (True, False):
            asked, row = [], object()

            def get(queryset, *args, **kwargs):
                asked.append((args, dict(kwargs), filters_of(queryset)))
                if not there:
                    raise model.DoesNotExist()
                return row
            with mock.patch.object(QuerySet, "get", get), no_database():
                try:
                    answer = manager.get_by_natural_key(name)
                    same = there and answer is row
                except model.DoesNotExist:
                    same = not there
                except (Exception, Refused):
                    same = False
            if not same or len(asked) != 1 or asked[0][0] or asked[0][2] != filters_of(manager.get_queryset()):
                return None
            kinds = {field: "exact", field + "__exact": "exact", field + "__iexact": "iexact"}
            keys = list(asked[0][1].items())
            if len(keys) != 1 or keys[0][0] not in kinds or keys[0][1] != name:
                return None
            answers.append(kinds[keys[0][0]])
    return answers[0] if len(set(answers)) == 1 else None


def manager_of(model):
    manager = model._default_manager
    with no_database():
        try:
            where = filters_of(manager.get_queryset())
        except (Exception, Refused):
            where = None
    return {
        "filters": where,
        "hides": from_elsewhere(type(manager), ["get_queryset"], ("django.",)),
        "own_lookup": from_elsewhere(type(manager), ["get_by_natural_key"], ("django.",)),
        "matches": how_names_match(model, manager) if hasattr(manager, "get_by_natural_key") else None,
        "name": path_of(manager),
    }


@part
def user_model():
    from django.contrib.auth import get_user_model
    model = get_user_model()
    key, email = model._meta.pk, getattr(model, "EMAIL_FIELD", "email")
    active = getattr(model, "is_active", True)
    return {
        "label": model._meta.label, "table": table_of(model), "id_column": key.column, "id_type": key.get_internal_type(),
        "id_is_relation": bool(key.is_relation),
        "username_field": model.USERNAME_FIELD, "username_column": column_of(model, model.USERNAME_FIELD),
        "username_is_relation": bool(model._meta.get_field(model.USERNAME_FIELD).is_relation),
        "password_column": column_of(model, "password"), "is_active_column": column_of(model, "is_active"),
        "is_active_is_code": not column_of(model, "is_active") and active is not True,
        "is_staff_column": column_of(model, "is_staff"), "is_superuser_column": column_of(model, "is_superuser"),
        "is_staff_is_code": not column_of(model, "is_staff") and isinstance(getattr(model, "is_staff", False), property),
        "is_superuser_is_code": not column_of(model, "is_superuser") and isinstance(getattr(model, "is_superuser", False), property),
        "email_column": column_of(model, email), "email_field": email,
        "columns_elsewhere": [field.name for field in model._meta.fields if column_is_elsewhere(model, field.name)],
        "groups": many_to_many(model, "groups"), "user_permissions": many_to_many(model, "user_permissions"),
        "manager": manager_of(model),
        "check_password": from_elsewhere(model, ["check_password", "set_password"], ("django.",)),
        "permissions": from_elsewhere(model, ["has_perm", "has_perms", "get_group_permissions", "get_all_permissions"], ("django.",)),
        "save": from_elsewhere(model, ["save"], ("django.",)),
    }
