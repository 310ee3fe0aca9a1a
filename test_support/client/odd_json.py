"""Values that no answer of Zendesk should hold, for property tests."""

from hypothesis import strategies as st

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["error", "errors", "code", "title"]), inner, max_size=3)
    ),
    max_leaves=8,
)
