"""Files packed into one text are the same files, as a whole and in parts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from memberarc.archive.packed_files import pack_files

FILES = st.lists(
    st.tuples(
        st.from_regex(r"members/[0-9]{4}/[0-9]{4}/M[0-9-]{1,12}\.yaml", fullmatch=True),
        st.from_regex(r"[0-9a-f]{40}|[0-9a-f]{64}", fullmatch=True),
    )
)


@given(FILES, st.slices(30), st.slices(30))
def test_packed_files_are_a_sequence_like_any_other(
    files: list[tuple[str, str]], part: slice, of_it: slice
) -> None:
    packed = pack_files(iter(files))

    assert [*packed] == files
    assert len(packed) == len(files)
    assert [packed[place] for place in range(-len(files), len(files))] == files * 2
    assert [*packed[part][of_it]] == files[part][of_it]
