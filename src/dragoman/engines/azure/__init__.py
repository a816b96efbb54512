"""Azure Speech: recognition with translation, neural voices and talking avatars, by Microsoft's own SDK."""
