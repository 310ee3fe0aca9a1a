"""One Zendesk account over HTTP; knows nothing of streams."""
