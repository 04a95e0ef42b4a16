"""A sentence-transformers folder with a few thousand random weights: real files, real loading, no meaning."""

from __future__ import annotations

import json
from pathlib import Path

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789.,?'-:"
_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")


def a_tiny_model(folder: Path, *, layout: str = "bert", pooling: str = "mean_tokens", seed: int = 0) -> Path:
    """`layout` is "bert" or "mpnet"; `pooling` what `1_Pooling` says."""
    import torch
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.normalizers import Lowercase
    from tokenizers.pre_tokenizers import Whitespace
    from tokenizers.processors import TemplateProcessing
    from transformers import BertConfig, BertModel, MPNetConfig, MPNetModel

    pieces = [*_SPECIAL, *_LETTERS, *(f"##{letter}" for letter in _LETTERS)]
    vocabulary = {piece: at for at, piece in enumerate(pieces)}
    sizes = {
        "vocab_size": len(vocabulary),
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 64,
        "pad_token_id": 1,
    }
    torch.manual_seed(seed)
    model = MPNetModel(MPNetConfig(**sizes)) if layout == "mpnet" else BertModel(BertConfig(**sizes))
    model.save_pretrained(folder, safe_serialization=True)
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token="<unk>"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = Lowercase(), Whitespace()
    tokenizer.post_processor = TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(
        json.dumps({"word_embedding_dimension": 32, f"pooling_mode_{pooling}": True}), encoding="utf-8"
    )
    return folder
