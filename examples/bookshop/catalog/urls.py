"""The URLs of the catalogue. A URL is called like its view."""

from __future__ import annotations

from django.urls import path

from catalog import feeds, views

urlpatterns = [
    path("", views.BookList.as_view(), name="book-list"),
    path("books/<str:isbn>/", views.book_page, name="book_page"),
    path("directory/", views.AuthorDirectory.as_view(), name="AuthorDirectory"),
    path("directory/photographers/", views.PhotographerDirectory.as_view(), name="PhotographerDirectory"),
    path("publishers/", views.publishers, name="publishers"),
    path("authors/", views.authors, name="authors"),
    path("bibliography/", views.bibliography, name="bibliography"),
    path("reading-lists/", views.reading_lists, name="reading_lists"),
    path("cart/", views.cart, name="cart"),
    path("cart/total/", views.cart_total, name="cart_total"),
    path("cart/add/<str:isbn>/", views.add_to_cart, name="add_to_cart"),
    path("cart/order/", views.place_order, name="place_order"),
    path("feeds/new/", feeds.new_arrivals, name="new_arrivals"),
    path("feeds/best/", feeds.bestsellers, name="bestsellers"),
    path("feeds/picks/", feeds.staff_picks, name="staff_picks"),
    path("feeds/sale/", feeds.on_sale, name="on_sale"),
    path("feeds/genres/", feeds.genre_labels, name="genre_labels"),
    path("feeds/genre-index/", feeds.genre_index, name="genre_index"),
    path("feeds/ratings/", feeds.ratings, name="ratings"),
    path("feeds/top-rated/", feeds.top_rated, name="top_rated"),
    path("feeds/author-ids/", feeds.author_ids, name="author_ids"),
    path("feeds/card/<str:isbn>/", feeds.single_card, name="single_card"),
    path("feeds/sitemap/", feeds.sitemap, name="sitemap"),
    path("feeds/sitemap/page/", feeds.sitemap_page, name="sitemap_page"),
    path("feeds/statistics/", feeds.statistics, name="statistics"),
    path("prices/<str:isbn>/", feeds.wholesale_price, name="wholesale_price"),
    path("prices/<str:isbn>/cached/", feeds.cached_price, name="cached_price"),
    path("prices/<str:isbn>/confirmed/", feeds.confirmed_price, name="confirmed_price"),
]
