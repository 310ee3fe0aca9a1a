"""The ways to read Zendesk: lists, exports, children, and what each page delivers."""
