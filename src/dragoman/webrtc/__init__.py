"""WebRTC: peers that hand on packets which were encoded once for all of them."""
