"""The pages behind signed links: manage a meeting, confirm a trial, order a cart. No script needed."""
