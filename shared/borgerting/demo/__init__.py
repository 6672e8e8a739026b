"""The rehearsal: one synthetic assembly through the real services, over HTTP and the bus as any client would."""
