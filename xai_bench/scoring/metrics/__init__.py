"""The scorers behind the cards in metrics/, by family."""
