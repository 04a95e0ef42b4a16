"""The ways to pay or order a cart: one adapter a file, all behind `ports.Checkout`."""
