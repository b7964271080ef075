// Vitrine's bridge for Vendure 3: tells Vitrine what has changed, so that the very next page is right.
//
//   const { VitrineBridge } = require('./vendure-bridge');
//   plugins: [VitrineBridge.init({ url: 'https://vitrine.example/v1/hooks/shop', secret: 'whsec_…' }), …]
//
// It sends {"type": "cart.changed", "ids": […], "at": "…"}, signed as https://www.standardwebhooks.com says. Carts are named by
// the session tokens that your storefront gives Vitrine anyway: send them over https only. Without `url` it does nothing.
'use strict';
const { createHmac, randomUUID } = require('node:crypto');
const http = require('node:http');
const https = require('node:https');
const V = require('@vendure/core');

const GATHER_MS = 30; // one click makes several events
const PAUSES_MS = [0, 200, 1000, 5000]; // before each try; after the last one the age of what was read has to do
const TIMEOUT_MS = 3000;
const MOST_IDS = 500;
const OPEN = ['Created', 'Draft', 'AddingItems', 'ArrangingPayment'];

const ids = entity => [].concat(entity || []).map(one => String(one.id));
const OF_ALL = {
  'products.changed': ['ProductEvent', 'ProductVariantEvent', 'ProductVariantPriceEvent', 'ProductChannelEvent',
    'ProductVariantChannelEvent', 'CollectionEvent', 'CollectionModificationEvent', 'FacetEvent', 'FacetValueEvent',
    'GlobalSettingsEvent', 'ChannelEvent', 'TaxRateEvent', 'TaxRateModificationEvent', 'ZoneMembersEvent'],
  'stock.changed': ['StockMovementEvent'],
  'promotions.changed': ['PromotionEvent', 'CustomerGroupEvent'],
};

class VitrineBridge {
  static options = {};

  static init(options) {
    VitrineBridge.options = options;
    return VitrineBridge;
  }

  constructor(events, connection) {
    this.events = events;
    this.connection = connection;
    this.waiting = new Map(); // type → ids
    this.agents = { 'http:': new http.Agent({ keepAlive: true }), 'https:': new https.Agent({ keepAlive: true }) };
  }

  onApplicationBootstrap() {
    if (!VitrineBridge.options.url) return;
    this.url = new URL(VitrineBridge.options.url);
    const secret = VitrineBridge.options.secret;
    this.key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret);
    for (const [type, names] of Object.entries(OF_ALL)) for (const name of names) this.on(name, () => this.tell(type, []));
    this.on('OrderLineEvent', event => this.cart(event.ctx, event.order));
    this.on('OrderEvent', event => this.cart(event.ctx, event.order));
    this.on('CouponCodeEvent', event => this.cart(event.ctx, { id: event.orderId }));
    this.on('OrderStateTransitionEvent', event => this.moved(event.ctx, event.order, event.toState));
    this.on('CustomerEvent', event => this.tell('customer.changed', ids(event.entity)));
    this.on('CustomerGroupChangeEvent', event => this.tell('customer.changed', ids(event.customers)));
  }

  // A failure in a subscriber would end Vendure: none gets out.
  on(name, act) {
    if (!V[name]) return; // an older or newer Vendure
    this.events.ofType(V[name]).subscribe(event => {
      Promise.resolve().then(() => act(event)).catch(error => V.Logger.error(`${name}: ${error.message}`, 'VitrineBridge'));
    });
  }

  // A cart is changed by its shopper, on any device of theirs, or by an administrator for them.
  async cart(ctx, order) {
    const sessions = this.connection.rawConnection.getRepository(V.Session);
    const holding = await sessions.find({ where: { activeOrderId: order.id }, select: { id: true, token: true } });
    const tokens = holding.map(session => session.token);
    if (ctx?.apiType === 'shop' && ctx.session) tokens.push(ctx.session.token);
    if (tokens.length) this.tell('cart.changed', tokens);
  }

  async moved(ctx, order, state) {
    await this.cart(ctx, order);
    const customer = order.customer?.id ?? order.customerId;
    if (customer && !OPEN.includes(state)) this.tell('orders.changed', [String(customer)]);
  }

  tell(type, changed) {
    if (!this.waiting.size) setTimeout(() => this.flush(), GATHER_MS);
    const known = this.waiting.get(type) || new Set();
    changed.forEach(id => known.add(id));
    this.waiting.set(type, known);
  }

  flush() {
    const told = this.waiting;
    this.waiting = new Map();
    for (const [type, known] of told) {
      const all = [...known];
      for (let at = 0; at === 0 || at < all.length; at += MOST_IDS) {
        const body = JSON.stringify({ type, ids: all.slice(at, at + MOST_IDS), at: new Date().toISOString() });
        this.send(`msg_${randomUUID()}`, body, 0);
      }
    }
  }

  send(id, body, attempt) {
    if (attempt >= PAUSES_MS.length) return V.Logger.warn(`not taken by ${this.url.host}: ${body.slice(0, 40)}`, 'VitrineBridge');
    setTimeout(() => {
      const again = () => this.send(id, body, attempt + 1);
      const timestamp = Math.floor(Date.now() / 1000);
      const signature = createHmac('sha256', this.key).update(`${id}.${timestamp}.${body}`).digest('base64');
      const request = (this.url.protocol === 'https:' ? https : http).request(this.url, {
        method: 'POST', agent: this.agents[this.url.protocol], timeout: TIMEOUT_MS,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), 'webhook-id': id,
          'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` },
      }, response => { response.resume(); if (response.statusCode >= 500 || response.statusCode === 429) again(); });
      request.on('timeout', () => request.destroy(new Error('timeout')));
      request.on('error', again);
      request.end(body);
    }, PAUSES_MS[attempt]).unref();
  }
}

Reflect.defineMetadata('design:paramtypes', [V.EventBus, V.TransactionalConnection], VitrineBridge);
V.VendurePlugin({ imports: [V.PluginCommonModule], compatibility: '^3.0.0' })(VitrineBridge);

module.exports = { VitrineBridge };
