"""The written list: every class of input of the reference's sections, each case named after its section.

Each section takes the accounts of a lane by kind and yields (name, requests).
"""

from . import charsets, form_bodies, framing, headers, json_bodies, names, targets

SECTIONS = (
    names.logins,
    names.collation,
    json_bodies.json_values,
    json_bodies.json_texts,
    charsets.charsets,
    headers.content_types,
    form_bodies.urlencoded,
    form_bodies.multiparts,
    headers.negotiation,
    targets.methods,
    headers.other_headers,
    headers.authorization,
    names.life,
    targets.paths,
    targets.hosts,
    framing.sizes,
    framing.chunked,
    framing.bodies_elsewhere,
)


def written(of):
    """The whole list for the accounts of one lane, by kind."""
    for section in SECTIONS:
        yield from section(of)
