"""Random queries, as trees that a reader of text could have made."""

from __future__ import annotations

from hypothesis import strategies as st

from memberarc.search.query import Condition, Not, Query, Text
from memberarc.search.query_signs import reads_as_value, reads_as_word
from memberarc.search.query_tree import both, either

FIELDS = st.sampled_from(["name", "contact.mobile", "joined on", "手机", "a:b", 'x"y', "e-mail"])
WORDS = st.text("ab王1-.,ORNT", min_size=1, max_size=4).filter(reads_as_word)
BARE = st.text("ab王1-", min_size=1, max_size=4).filter(reads_as_value)
ANY_TEXT = st.text('ab王1-.*:,<>=!()|"\\“” ', min_size=1, max_size=6)
VALUES = st.lists(ANY_TEXT, min_size=1, max_size=3).map(tuple)

TEXTS = st.one_of(
    st.builds(Text, value=WORDS),
    st.builds(Text, value=st.sampled_from(["a", "OR", "王1", "a."]), form=st.just("prefix")),
    st.builds(Text, value=ANY_TEXT, form=st.just("phrase")),
)
CONDITIONS = st.one_of(
    st.builds(Condition, field=FIELDS, operator=st.sampled_from([":", "=", "!="]), values=VALUES),
    st.builds(
        Condition,
        field=FIELDS,
        operator=st.sampled_from([">=", "<=", ">", "<"]),
        values=ANY_TEXT.map(lambda value: (value,)),
    ),
    st.builds(
        Condition,
        field=FIELDS,
        operator=st.just(".."),
        values=ANY_TEXT.map(lambda value: (value,)),
        upper=st.one_of(st.just(""), ANY_TEXT),
    ),
    st.builds(
        Condition, field=FIELDS, operator=st.just(".."), values=st.just(("",)), upper=ANY_TEXT
    ),
    st.builds(
        Condition,
        field=FIELDS,
        operator=st.just("begins"),
        values=BARE.map(lambda value: (value,)),
    ),
    st.builds(Condition, field=FIELDS, operator=st.just("present")),
)


def trees(leaves: st.SearchStrategy) -> st.SearchStrategy:
    """Join leaves by and, or and not."""
    return st.recursive(
        leaves,
        lambda parts: st.one_of(
            st.lists(parts, min_size=2, max_size=3).map(both),
            st.lists(parts, min_size=2, max_size=3).map(either),
            st.builds(Not, part=parts),
        ),
        max_leaves=6,
    )


QUERIES = st.one_of(st.none(), trees(st.one_of(TEXTS, CONDITIONS))).map(
    lambda root: Query(root=root)
)
