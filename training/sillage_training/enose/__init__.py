"""The e-nose classifier: 50 substances from 100-second windows of six gas channels (SmellNet)."""
