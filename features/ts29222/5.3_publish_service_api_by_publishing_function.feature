# TS 29.222 clauses 5.3.2.2 and 8.2.4.2: what a publishing function sends to CAPIF_Publish_Service_API.
@sut:apf
Feature: CAPIF_Publish_Service_API as a publishing function uses it

  Background:
    Given the provider domain under test has registered
    When the publishing function under test is told to publish "location" and "quality" with PKI and OAUTH

  @req:29222-5.3.2.2.2-01
  Scenario: A service API is published with its description
    Then the publishing function publishes as JSON

  @req:29222-8.2.4.2.2-02
  Scenario: The identifier is left to the core function
    Then the publication has no apiId

  @req:29222-8.2.4.2.2-03
  Scenario: Exposing functions are given
    Then the publication has exposing functions

  @req:29222-8.2.4.2.3-01
  Scenario: An interface has one address
    Then each published interface has one address

  @req:29222-8.2.4.2.4-01
  Scenario: A profile names its exposing function and its versions
    Then each published profile names its exposing function and its versions

  @req:29222-8.2.4.2.4-02
  Scenario: A profile has either a domain name or interfaces
    Then each published profile has either a domain name or interfaces
